memscan help info
