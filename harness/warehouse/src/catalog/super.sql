-- SUPER: JSON text without blanks (documented, in examples), whose attributes keep their order. It is a type of its own over
-- PostgreSQL's functions of `json`, so that casts and comparisons are Redshift's. Drivers know its number (driver sources), which
-- it gets while it is a name alone and nothing refers to it.
CREATE TYPE pg_catalog.super;
UPDATE pg_catalog.pg_type SET oid = 4000 WHERE typname = 'super' AND typnamespace = 'pg_catalog'::regnamespace;
CREATE FUNCTION pg_internal.super_in(cstring) RETURNS pg_catalog.super LANGUAGE internal IMMUTABLE STRICT AS 'json_in';
CREATE FUNCTION pg_internal.super_out(pg_catalog.super) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'json_out';
CREATE FUNCTION pg_internal.super_receive(internal) RETURNS pg_catalog.super LANGUAGE internal IMMUTABLE STRICT AS 'json_recv';
CREATE FUNCTION pg_internal.super_send(pg_catalog.super) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'json_send';
CREATE TYPE pg_catalog.super (
    INPUT = pg_internal.super_in, OUTPUT = pg_internal.super_out, RECEIVE = pg_internal.super_receive, SEND = pg_internal.super_send,
    INTERNALLENGTH = VARIABLE, STORAGE = extended
);
-- Without a type of arrays, IN compares with each value by itself: a literal among them is a text.
UPDATE pg_catalog.pg_type SET typarray = 0 WHERE oid = 4000;
CREATE CAST (json AS pg_catalog.super) WITHOUT FUNCTION;
CREATE CAST (pg_catalog.super AS json) WITHOUT FUNCTION AS IMPLICIT;

-- Blanks outside of strings go.
CREATE FUNCTION pg_internal.compact(value text) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.regexp_replace(value, E'("(?:[^"\\\\]|\\\\.)*")|\\s+', E'\\1', 'g')::json::pg_catalog.super $$;
-- The wording of the refusal is measured by a third party.
CREATE FUNCTION pg_catalog.json_parse(value text) RETURNS pg_catalog.super LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN pg_internal.compact(value);
EXCEPTION WHEN data_exception THEN
    IF pg_catalog.lower(pg_catalog.current_setting('redshift.parse_super_null_on_error', true)) IN ('on', 'true', 't', 'yes', 'y', '1') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'Invalid input' USING ERRCODE = 'XX000', DETAIL = 'JSON_PARSE() error: ' || SQLERRM,
        HINT = 'set parse_super_null_on_error to on to have NULL';
END $$;
CREATE FUNCTION pg_catalog.json_serialize(pg_catalog.super) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1::json::text::varchar $$;
CREATE FUNCTION pg_catalog.json_size(pg_catalog.super) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.octet_length($1::json::text) $$;
-- OBJECT and ARRAY: the front puts these around PostgreSQL's functions of any arguments, and `part` around each argument, since
-- those functions would take a SUPER for a text.
CREATE FUNCTION pg_internal.part(pg_catalog.super) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1::json $$;
CREATE FUNCTION pg_internal.part(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1 $$;
CREATE FUNCTION pg_internal.part(anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1 $$;
CREATE FUNCTION pg_catalog.object(json) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.compact($1::text) $$;
CREATE FUNCTION pg_catalog."array"(json) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.compact($1::text) $$;

-- What a value is.
CREATE FUNCTION pg_catalog.json_typeof(pg_catalog.super) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.json_typeof($1::json)::varchar $$;
CREATE FUNCTION pg_internal.is_number(value pg_catalog.super, pattern text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.json_typeof(value::json) = 'number' AND value::json::text ~ pattern $$;
CREATE FUNCTION pg_catalog.is_array(pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof($1::json) = 'array' $$;
CREATE FUNCTION pg_catalog.is_object(pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof($1::json) = 'object' $$;
CREATE FUNCTION pg_catalog.is_varchar(pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof($1::json) = 'string' $$;
CREATE FUNCTION pg_catalog.is_char(value pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.json_typeof(value::json) = 'string' AND (value::json #>> '{}') ~ E'^[\\x01-\\x7f]*$' $$;
CREATE FUNCTION pg_catalog.is_boolean(pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof($1::json) = 'boolean' $$;
CREATE FUNCTION pg_catalog.is_scalar(pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.json_typeof($1::json) NOT IN ('array', 'object') $$;
CREATE FUNCTION pg_internal.is_whole(value pg_catalog.super, bits int) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_internal.is_number(value, '^-?[0-9]+$')
        THEN value::json::text::numeric BETWEEN -(2::numeric ^ (bits - 1)) AND 2::numeric ^ (bits - 1) - 1 ELSE false END $$;
CREATE FUNCTION pg_catalog.is_smallint(pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.is_whole($1, 16) $$;
CREATE FUNCTION pg_catalog.is_integer(pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.is_whole($1, 32) $$;
CREATE FUNCTION pg_catalog.is_bigint(pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.is_whole($1, 64) $$;
CREATE FUNCTION pg_catalog.is_decimal(pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.is_number($1, '^-?[0-9.]+$') $$;
CREATE FUNCTION pg_catalog.is_float(pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.is_number($1, '[eE]') $$;
CREATE FUNCTION pg_catalog.can_json_parse(value text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_internal.json_or_null(value) IS NOT NULL $$;

-- Arrays.
CREATE FUNCTION pg_catalog.get_array_length(pg_catalog.super) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT CASE WHEN pg_catalog.is_array($1) THEN pg_catalog.json_array_length($1::json)::bigint END $$;
CREATE FUNCTION pg_catalog.split_to_array(value text, delimiter text DEFAULT ',') RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_internal.compact(pg_catalog.to_json(pg_catalog.string_to_array(value, delimiter))::text) $$;
-- The values of an array, in its order; anything else is one value (inferred, from PartiQL), NULL none.
CREATE FUNCTION pg_catalog.linchpin_unnest(value pg_catalog.super) RETURNS SETOF pg_catalog.super LANGUAGE sql IMMUTABLE STRICT ROWS 10 AS $$
    SELECT part::pg_catalog.super FROM pg_catalog.json_array_elements(CASE WHEN pg_catalog.is_array(value) THEN value::json ELSE '[]' END) AS part
    UNION ALL SELECT value WHERE NOT pg_catalog.is_array(value) $$;
-- AT tells the position, from 0.
CREATE FUNCTION pg_catalog.linchpin_unnest_at(value pg_catalog.super) RETURNS TABLE (part pg_catalog.super, at bigint) LANGUAGE sql IMMUTABLE STRICT ROWS 10 AS $$
    SELECT part, at - 1 FROM pg_catalog.linchpin_unnest(value) WITH ORDINALITY AS parts(part, at) $$;
-- UNPIVOT: the values of an object, and AT their names (documented); anything else has none (inferred).
CREATE FUNCTION pg_catalog.linchpin_unpivot_at(value pg_catalog.super) RETURNS TABLE (part pg_catalog.super, at varchar) LANGUAGE sql IMMUTABLE STRICT ROWS 10 AS $$
    SELECT value::pg_catalog.super, key::varchar
    FROM pg_catalog.json_each(CASE WHEN pg_catalog.is_object($1) THEN $1::json ELSE '{}' END) $$;
CREATE FUNCTION pg_catalog.linchpin_unpivot(value pg_catalog.super) RETURNS SETOF pg_catalog.super LANGUAGE sql IMMUTABLE STRICT ROWS 10 AS
    $$ SELECT part FROM pg_catalog.linchpin_unpivot_at(value) $$;
CREATE FUNCTION pg_internal.from_parts(parts json[]) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE AS
    $$ SELECT ('[' || coalesce(pg_catalog.array_to_string(parts, ','), '') || ']')::json::pg_catalog.super $$;
CREATE FUNCTION pg_catalog.array_concat(pg_catalog.super, pg_catalog.super) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_catalog.is_array($1) AND pg_catalog.is_array($2) THEN pg_internal.from_parts(
        ARRAY(SELECT pg_catalog.json_array_elements($1::json)) || ARRAY(SELECT pg_catalog.json_array_elements($2::json))) END $$;
CREATE FUNCTION pg_catalog.array_flatten(value pg_catalog.super) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_catalog.is_array(value) THEN pg_internal.from_parts(ARRAY(
        SELECT inside::json FROM pg_catalog.linchpin_unnest(value) AS part, pg_catalog.linchpin_unnest(part) AS inside)) END $$;
CREATE FUNCTION pg_catalog.subarray(value pg_catalog.super, start int, size int DEFAULT 2147483647) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_catalog.is_array(value) THEN pg_internal.from_parts(ARRAY(
        SELECT part::json FROM pg_catalog.linchpin_unnest_at(value) WHERE at >= start AND at < start::bigint + size ORDER BY at)) END $$;
-- What a path of names and positions leads to: NULL where it ends early (documented).
CREATE FUNCTION pg_catalog.linchpin_navigate(pg_catalog.super, text[]) RETURNS pg_catalog.super LANGUAGE internal IMMUTABLE STRICT AS 'json_extract_path';

-- From SUPER: a value of another kind is NULL (documented, of cast_super_null_on_error).
CREATE FUNCTION pg_internal.number_of(value pg_catalog.super) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT CASE WHEN pg_catalog.json_typeof(value::json) = 'number' THEN value::json::text::numeric END $$;
CREATE FUNCTION pg_internal.boolean_of(value pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT CASE WHEN pg_catalog.json_typeof(value::json) = 'boolean' THEN value::json::text::boolean END $$;
CREATE FUNCTION pg_internal.text_of(value pg_catalog.super) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT CASE WHEN pg_catalog.is_scalar(value) THEN value::json #>> '{}' END $$;
DO $$
DECLARE target text;
BEGIN
    FOREACH target IN ARRAY '{int2,int4,int8,numeric,float4,float8}'::text[] LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.%s_of_super(pg_catalog.super) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT AS '
            '''SELECT pg_internal.number_of($1)::%1$s''', target);
    END LOOP;
    FOREACH target IN ARRAY '{text,varchar,bpchar,date,timestamp,timestamptz,time}'::text[] LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.%s_of_super(pg_catalog.super) RETURNS %1$s LANGUAGE sql STABLE STRICT AS '
            '''SELECT pg_internal.text_of($1)::%1$s''', target);
    END LOOP;
    CREATE FUNCTION pg_internal.bool_of_super(pg_catalog.super) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_internal.boolean_of($1)';
    FOREACH target IN ARRAY '{int2,int4,int8,numeric,float4,float8,text,varchar,bpchar,date,timestamp,timestamptz,time,bool}'::text[] LOOP
        EXECUTE pg_catalog.format('CREATE CAST (pg_catalog.super AS %s) WITH FUNCTION pg_internal.%1$s_of_super AS ASSIGNMENT', target);
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.super_of(%s) RETURNS pg_catalog.super LANGUAGE sql STABLE STRICT AS '
            '''SELECT pg_catalog.to_json($1)::pg_catalog.super''', target);
        EXECUTE pg_catalog.format('CREATE CAST (%s AS pg_catalog.super) WITH FUNCTION pg_internal.super_of(%1$s) AS ASSIGNMENT', target);
    END LOOP;
END $$;

CREATE FUNCTION pg_internal.join(pg_catalog.super, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.text_of($1) || $2 $$;
CREATE OPERATOR pg_catalog.|| (LEFTARG = pg_catalog.super, RIGHTARG = text, FUNCTION = pg_internal.join);
CREATE FUNCTION pg_internal.join(text, pg_catalog.super) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1 || pg_internal.text_of($2) $$;
CREATE OPERATOR pg_catalog.|| (LEFTARG = text, RIGHTARG = pg_catalog.super, FUNCTION = pg_internal.join);

-- Comparisons: values of the same kind compare, others give NULL (inferred, from lax navigation). That of two SUPERs takes a
-- `json` on its right, so that a literal beside a SUPER is a text.
CREATE FUNCTION pg_internal.compare(json, json) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_catalog.json_typeof($1) = pg_catalog.json_typeof($2) AND pg_catalog.json_typeof($1) <> 'null'
        THEN pg_catalog.jsonb_cmp($1::text::jsonb, $2::text::jsonb) END $$;
CREATE FUNCTION pg_internal.super_order(pg_catalog.super, pg_catalog.super) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.jsonb_cmp($1::json::text::jsonb, $2::json::text::jsonb) $$;
DO $$
DECLARE
    symbols text[] := '{<,<=,=,>=,>,<>}';
    -- Those with the operands exchanged, and those that hold where these do not.
    commutators text[] := '{>,>=,=,<=,<,<>}';
    negators text[] := '{>=,>,<>,<,<=,=}';
    operand text;
BEGIN
    FOR n IN 1..6 LOOP
        FOREACH operand IN ARRAY '{int4,int8,numeric,float8,text,bool,json}'::text[] LOOP
            EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.compares_%s(pg_catalog.super, %s) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS '
                '''SELECT pg_internal.compare($1, pg_catalog.to_json($2)) %s 0''', n, operand, symbols[n]);
            EXECUTE pg_catalog.format('CREATE OPERATOR pg_catalog.%s (LEFTARG = pg_catalog.super, RIGHTARG = %s, FUNCTION = pg_internal.compares_%s)',
                symbols[n], operand, n);
            CONTINUE WHEN operand = 'json';
            EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.compares_%s(%s, pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS '
                '''SELECT pg_internal.compare(pg_catalog.to_json($1), $2) %s 0''', n, operand, symbols[n]);
            EXECUTE pg_catalog.format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %s, RIGHTARG = pg_catalog.super, FUNCTION = pg_internal.compares_%s)',
                symbols[n], operand, n);
        END LOOP;
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.orders_%s(pg_catalog.super, pg_catalog.super) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS '
            '''SELECT pg_internal.super_order($1, $2) %s 0''', n, symbols[n]);
        EXECUTE pg_catalog.format('CREATE OPERATOR pg_internal.%s (LEFTARG = pg_catalog.super, RIGHTARG = pg_catalog.super, FUNCTION = pg_internal.orders_%s, '
            'COMMUTATOR = OPERATOR(pg_internal.%s), NEGATOR = OPERATOR(pg_internal.%s))', symbols[n], n, commutators[n], negators[n]);
    END LOOP;
END $$;
-- GROUP BY, DISTINCT and ORDER BY.
CREATE OPERATOR CLASS pg_internal.super_ops DEFAULT FOR TYPE pg_catalog.super USING btree AS
    OPERATOR 1 pg_internal.<, OPERATOR 2 pg_internal.<=, OPERATOR 3 pg_internal.=, OPERATOR 4 pg_internal.>=, OPERATOR 5 pg_internal.>,
    FUNCTION 1 pg_internal.super_order(pg_catalog.super, pg_catalog.super);

-- Arithmetic: what is no number gives NULL (documented, of lax semantics); whole numbers divide as INTEGERs do (inferred).
CREATE FUNCTION pg_internal.quotient(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT CASE WHEN pg_catalog.scale($1) = 0 AND pg_catalog.scale($2) = 0 THEN pg_catalog.div($1, $2) ELSE $1 / $2 END $$;
CREATE FUNCTION pg_internal.number_of(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1 $$;
DO $$
DECLARE
    symbols text[] := '{+,-,*,/,%}';
    computed text[] := '{@1 + @2,@1 - @2,@1 * @2,"pg_internal.quotient(@1, @2)",@1 % @2}';
    operands text[];
    value text;
BEGIN
    FOR n IN 1..5 LOOP
        FOREACH operands SLICE 1 IN ARRAY
            '{{super,super},{super,int4},{int4,super},{super,int8},{int8,super},{super,numeric},{numeric,super},{super,float8},{float8,super}}'::text[] LOOP
            value := computed[n];
            FOR side IN 1..2 LOOP
                value := pg_catalog.replace(value, '@' || side, pg_catalog.format('pg_internal.number_of($%s%s)', side,
                    CASE operands[side] WHEN 'super' THEN '' ELSE '::numeric' END));
            END LOOP;
            EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.computes_%s(%s, %s) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS '
                '''SELECT pg_catalog.to_json(%s)::pg_catalog.super''', n, operands[1], operands[2], value);
            EXECUTE pg_catalog.format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = pg_internal.computes_%s)',
                symbols[n], operands[1], operands[2], n);
        END LOOP;
    END LOOP;
END $$;

-- Aggregates of values that are one by one (inferred): their sum, and the least and the greatest in the order of ORDER BY.
CREATE FUNCTION pg_internal.sum_step(numeric, pg_catalog.super) RETURNS numeric LANGUAGE sql IMMUTABLE AS
    $$ SELECT coalesce($1 + pg_internal.number_of($2), $1, pg_internal.number_of($2)) $$;
CREATE FUNCTION pg_internal.sum_end(numeric) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.to_json($1)::pg_catalog.super $$;
CREATE AGGREGATE pg_catalog.sum(pg_catalog.super) (SFUNC = pg_internal.sum_step, STYPE = numeric, FINALFUNC = pg_internal.sum_end);
CREATE FUNCTION pg_internal.lesser(pg_catalog.super, pg_catalog.super) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT CASE WHEN pg_internal.super_order($1, $2) <= 0 THEN $1 ELSE $2 END $$;
CREATE AGGREGATE pg_catalog.min(pg_catalog.super) (SFUNC = pg_internal.lesser, STYPE = pg_catalog.super);
CREATE FUNCTION pg_internal.greater(pg_catalog.super, pg_catalog.super) RETURNS pg_catalog.super LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT CASE WHEN pg_internal.super_order($1, $2) >= 0 THEN $1 ELSE $2 END $$;
CREATE AGGREGATE pg_catalog.max(pg_catalog.super) (SFUNC = pg_internal.greater, STYPE = pg_catalog.super);
