#!/usr/bin/env bash
# A connector with psql and the AWS CLI: `linchpin check --connector scenarios/examples/shell/connector.yaml`.
#
# linchpin starts it for each write and each read of a flow, and it finds what to do in its environment; psql and the
# AWS CLI find endpoint, keys and session there as ever. A line `linchpin: step NAME` tells where it is; it ends with 0,
# or with 1 and what went wrong on standard error.
set -euo pipefail

null=@NULL@ # stands for NULL in staged and unloaded objects, where COPY does not tell `""` from nothing

write() {
    local operation=$LINCHPIN_OPERATION table columns key names column same='' values='' temp="\"$run\""
    table=$(identifiers . <<<"$LINCHPIN_TABLE" | paste -sd .)
    mapfile -t columns < <(head -n 1 "$LINCHPIN_ROWS" | identifiers ,)
    mapfile -t key < <(identifiers , <<<"$LINCHPIN_KEY")
    [ "$operation" = insert ] || [ -n "$LINCHPIN_KEY" ] || fail "$operation needs the key columns of \`$LINCHPIN_TABLE\`"
    ! grep -q "$null" "$LINCHPIN_ROWS" || fail "the value \`$null\` is what stands for NULL in staged files"
    check_bucket_policy

    step stage
    tail -n +2 "$LINCHPIN_ROWS" | null_from_to '' "$null" | gzip >"$work/rows.csv.gz"
    aws s3 cp --only-show-errors "$work/rows.csv.gz" "s3://$LINCHPIN_BUCKET/${prefix}rows.csv.gz"
    echo "${prefix}rows.csv.gz" >>"$work/objects"

    names=$(IFS=, && echo "${columns[*]}")
    for column in "${key[@]}"; do same+="${same:+ AND }$table.$column = $temp.$column"; done
    for column in "${columns[@]}"; do
        [[ " ${key[*]} " == *" $column "* ]] || values+="${values:+, }$column = $temp.$column"
    done
    local copy="($names) FROM $(url rows) $(authorization "${LINCHPIN_COPY_ROLE:-}") $(region "${LINCHPIN_COPY_REGION:-}") CSV NULL AS '$null' GZIP"
    step connect
    case $operation in # one transaction: an error leaves the target untouched
        insert) statement copy "COPY $table $copy" ;; # needs no temporary table
        *) statement temp-table "CREATE TEMP TABLE $temp (LIKE $table)" && statement copy "COPY $temp $copy" ;;&
        update) statement apply "UPDATE $table SET $values FROM $temp WHERE $same" ;;
        upsert | delete) statement apply "DELETE FROM $table USING $temp WHERE $same" ;;&
        upsert) statement apply "INSERT INTO $table ($names) SELECT $names FROM $temp" ;;
    esac | run_in_one_transaction
}

read_rows() {
    check_bucket_policy
    step connect
    local to keys key from=1
    to="$(url '') $(authorization "${LINCHPIN_UNLOAD_ROLE:-}") $(region "${LINCHPIN_UNLOAD_REGION:-}")"
    to+=" CSV HEADER NULL AS '$null' GZIP MANIFEST"
    statement unload "UNLOAD ($(literal "$LINCHPIN_QUERY")) TO $to" | run_in_one_transaction

    step fetch
    echo "${prefix}manifest" >>"$work/objects"
    get "${prefix}manifest" # names the parts: nobody needs to list the bucket
    mapfile -t keys < <(grep -o "s3://$LINCHPIN_BUCKET/[^\"]*" "$work/object" | cut -d / -f 4-)
    printf '%s\n' "${keys[@]}" >>"$work/objects"
    for key in "${keys[@]}"; do
        get "$key"
        gunzip <"$work/object" | tail -n "+$from" | null_from_to "$null" ''
        from=2 # each part has the header
    done >"$LINCHPIN_TO"
}

step() { echo "linchpin: step $1"; }
fail() { echo "$1" >&2 && exit 1; }
literal() { local text=${1//\\/\\\\} && echo "'${text//\'/\'\'}'"; }
url() { literal "s3://$LINCHPIN_BUCKET/$prefix$1"; }

# The names on a line, in quotes, one a line; CSV writes a name that needs quotes as SQL does.
identifiers() { tr "$1" '\n' | sed 's/^"\(.*\)"$/\1/; s/.*/"&"/'; }

# The role of the command's options, or else the connection's keys.
authorization() {
    local keys="aws_access_key_id=$AWS_ACCESS_KEY_ID;aws_secret_access_key=$AWS_SECRET_ACCESS_KEY"
    if [ -n "$1" ]; then echo "IAM_ROLE $(literal "$1")"; else
        echo "CREDENTIALS $(literal "$keys${AWS_SESSION_TOKEN:+;token=$AWS_SESSION_TOKEN}")"
    fi
}

# Where the bucket is, if the command's options say so; else the cluster takes its own region.
region() { [ -z "$1" ] || echo "REGION $(literal "$1")"; }

# Gives NULL another form in CSV: fields stay as they stand, and the empty string is a pair of quotes.
null_from_to() {
    awk -v from="$1" -v to="$2" '
        { line = line $0; if (gsub(/"/, "&", line) % 2) { line = line "\n"; next } } # a quoted field goes on
        { do {
              match(line, /^("([^"]|"")*"|[^,]*)/)
              field = substr(line, 1, RLENGTH); more = substr(line, RLENGTH + 1, 1); line = substr(line, RLENGTH + 2)
              printf "%s%s", field == from ? to : field == "" ? "\"\"" : field, more ? more : "\n"
          } while (more) }'
}

check_bucket_policy() {
    aws s3api get-bucket-policy --bucket "$LINCHPIN_BUCKET" >"$work/policy" 2>&1 ||
        grep -q NoSuchBucketPolicy "$work/policy" || fail "$(<"$work/policy")"
}

# Deletes the objects of a list, each of them whatever becomes of the others: what failed is in the answer.
delete() {
    local objects refused
    objects=$(sed 's/.*/{Key="&"}/' "$1" | paste -sd ,)
    [ -n "$objects" ] || return 0
    refused=$(aws s3api delete-objects --bucket "$LINCHPIN_BUCKET" --delete "Objects=[$objects]" \
        --query 'Errors[].join(`: `, [Code, Key, Message])' --output text) || return 1
    [ -z "${refused#None}" ] || { echo "$refused" >&2 && return 1; }
}

get() { aws s3api get-object --bucket "$LINCHPIN_BUCKET" --key "$1" "$work/object" >"$work/answer"; }

statement() { printf '\\echo linchpin: step %s\n%s;\n' "$1" "$2"; }
run_in_one_transaction() {
    psql --no-psqlrc --quiet --single-transaction --file=- --set=ON_ERROR_STOP=1 --set=VERBOSITY=verbose \
        2>"$work/refusal" ||
        # psql keeps the SQLSTATE of a session that is refused to itself.
        fail "$(sed 's/FATAL:  password/FATAL:  28P01: password/; s/FATAL:  database/FATAL:  3D000: database/
            s/FATAL:  no pg_hba/FATAL:  28000: no pg_hba/' "$work/refusal")"
}

step preflight
work=$(mktemp -d "${LINCHPIN_STAGING_DIR:-/tmp}/run_XXXXXXXX")
trap 'rm -rf "$work"' EXIT
run=run_$(date +%m%d%H%M%S)_$RANDOM$RANDOM
prefix=${LINCHPIN_PREFIX%/} && prefix=${prefix:+$prefix/}$run/
export LC_ALL=C AWS_PAGER='' AWS_CONFIG_FILE=$work/config
printf '[default]\ns3 =\n    addressing_style = path\n' >"$AWS_CONFIG_FILE"
step preflight >"$work/steps"
touch "$work/objects"

set +e
(set -e && case $LINCHPIN_STEP in write) write ;; read) read_rows ;; esac) | tee -a "$work/steps"
failed=$?
step clean-up
delete "$work/objects" || left=1
[ $failed = 0 ] || tail -n 1 "$work/steps" # the first failure is what it ends with, and the last step told is its step
[ $failed = 0 ] && [ -z "${left:-}" ]
