#!/usr/bin/env bash
# The AWS CLI's own commands over S3, as a script would write them: copies in parts, sync, streams, presigned URLs, refusals.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
there=s3://$LINCHPIN_BUCKET/cli

expect() { # WHAT EXPECTED SEEN
    [[ "$3" == *"$2"* ]] || { printf '%s:\n  expected %s\n  seen     %s\n' "$1" "$2" "$3"; exit 1; }
}
refused() { # EXPECTED COMMAND..
    local seen expected=$1
    shift
    if seen=$("$@" 2>&1); then echo "was accepted: $*"; exit 1; fi
    expect "$*" "$expected" "$seen"
}

head -c 20000000 /dev/urandom >"$work/large" # above the 8 MB from which the CLI uploads in parts
mkdir "$work/tree" && echo one >"$work/tree/a b" && echo zwei >"$work/tree/ü"

aws s3 cp --quiet "$work/large" "$there/large"
aws s3 cp --quiet "$there/large" "$work/again"
cmp "$work/large" "$work/again"
echo streamed | aws s3 cp --quiet - "$there/stream"
expect "a stream" streamed "$(aws s3 cp --quiet "$there/stream" -)"
aws s3 sync --quiet "$work/tree" "$there/tree"
aws s3 sync --quiet --delete "$there/tree" "$work/back"
diff -r "$work/tree" "$work/back"
expect "a list" "20000000 large" "$(aws s3 ls "$there/")"
export AWS_CONFIG_FILE=$work/config # presigned URLs bear a Signature Version 2 unless told otherwise
aws configure set default.s3.signature_version s3v4
url=$(aws s3 presign "$there/stream" --expires-in 60)
fetch='import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())'
expect "a presigned URL" streamed "$(python -c "$fetch" "$url")"
aws s3 rm --quiet --recursive "$there/"
expect "an empty list" "[]" "$(aws s3api list-objects-v2 --bucket "$LINCHPIN_BUCKET" --prefix cli/ --query 'Contents || `[]`' --output json)"
refused '(404) when calling the HeadObject operation: Key "cli/stream" does not exist' aws s3 cp "$there/stream" "$work/none"
refused "(AccessDenied) when calling the CreateBucket operation" aws s3 mb s3://linchpin-mine
refused "(NoSuchBucket) when calling the ListObjectsV2 operation: The specified bucket does not exist" aws s3 ls s3://linchpin-none
echo "aws s3: cp, sync, streams, presign, rm"
