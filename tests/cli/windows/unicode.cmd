# Arguments, file names and output in UTF-8.
start_truth
memscan --pid "$pid" find 'utf16:Grüße, 世界' --range truth.exe --plain | cut -f 2-
memscan --pid "$pid" regions --svg 'Bild-世界.svg' -q
ls ./*.svg
memscan --name 'Grüße-*.exe' find i32:5
