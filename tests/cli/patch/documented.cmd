# The examples of docs/formats.md are those that the test on the game applies.
for name in lives gold deep; do
    sed -n '/^```json$/,/^```$/p' "$SOURCE/docs/formats.md" | tr -d '\n' | grep -qF "$(tr -d '\n' <"$SOURCE/docs/examples/$name.json")" ||
        echo "$name differs"
done
echo "compared"
