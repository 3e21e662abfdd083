-- Functions of PostgreSQL's whose results have other types in Redshift (documented, unless said otherwise).
-- AVG of integers is a BIGINT, cut at the point.
DO $$
DECLARE kind text;
BEGIN
    FOREACH kind IN ARRAY '{int2,int4,int8}'::text[] LOOP
        EXECUTE pg_catalog.format('ALTER AGGREGATE pg_catalog.avg(%s) RENAME TO linchpin_avg', kind);
    END LOOP;
END $$;
CREATE FUNCTION pg_internal.whole_average(state bigint[]) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT state[2] / nullif(state[1], 0) $$;
CREATE AGGREGATE pg_catalog.avg(int2) (
    SFUNC = pg_catalog.int2_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = pg_internal.whole_average,
    COMBINEFUNC = pg_catalog.int4_avg_combine, PARALLEL = SAFE,
    MSFUNC = pg_catalog.int2_avg_accum, MINVFUNC = pg_catalog.int2_avg_accum_inv, MSTYPE = bigint[], MINITCOND = '{0,0}',
    MFINALFUNC = pg_internal.whole_average
);
CREATE AGGREGATE pg_catalog.avg(int4) (
    SFUNC = pg_catalog.int4_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = pg_internal.whole_average,
    COMBINEFUNC = pg_catalog.int4_avg_combine, PARALLEL = SAFE,
    MSFUNC = pg_catalog.int4_avg_accum, MINVFUNC = pg_catalog.int4_avg_accum_inv, MSTYPE = bigint[], MINITCOND = '{0,0}',
    MFINALFUNC = pg_internal.whole_average
);
-- A sum of BIGINTs may be longer than one.
CREATE FUNCTION pg_internal.average_step(state numeric[], value bigint) RETURNS numeric[] LANGUAGE plpgsql IMMUTABLE STRICT AS
    $$ BEGIN RETURN ARRAY[state[1] + 1, state[2] + value]; END $$;
CREATE FUNCTION pg_internal.average_end(state numeric[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT pg_catalog.div(state[2], nullif(state[1], 0))::bigint $$;
CREATE AGGREGATE pg_catalog.avg(int8) (
    SFUNC = pg_internal.average_step, STYPE = numeric[], INITCOND = '{0,0}', FINALFUNC = pg_internal.average_end
);

-- STDDEV and VARIANCE of anything are DOUBLE PRECISION, SUM of a REAL too: without PostgreSQL's others, arguments become one.
DO $$
DECLARE aggregate regprocedure;
BEGIN
    FOR aggregate IN SELECT oid FROM pg_catalog.pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'a'
          AND (proname IN ('stddev', 'stddev_samp', 'stddev_pop', 'variance', 'var_samp', 'var_pop') AND proargtypes[0] <> 'float8'::regtype
               OR proname = 'sum' AND proargtypes[0] = 'float4'::regtype) LOOP
        EXECUTE pg_catalog.format('ALTER AGGREGATE %s RENAME TO linchpin_%s', aggregate,
            (SELECT proname FROM pg_catalog.pg_proc WHERE oid = aggregate));
    END LOOP;
END $$;

-- EXTRACT is an INTEGER, of a TIMESTAMPTZ a DOUBLE PRECISION. Fractions are cut off (inferred, from the type). The epoch, which the
-- front writes as a function of its own, is a BIGINT (inferred: INTEGER ends in 2038). The front writes all as `date_part`, which their
-- column is named; what it does not see, such as a function's body, calls PostgreSQL's.
DO $$
DECLARE kind text;
BEGIN
    FOREACH kind IN ARRAY '{date,time,timetz,timestamp,interval,timestamptz}'::text[] LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION pg_catalog.extract(text, %s) RENAME TO linchpin_extract', kind);
        CONTINUE WHEN kind = 'timestamptz';
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_catalog.extract(text, %s) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS '
            '''SELECT pg_catalog.trunc(pg_catalog.linchpin_extract($1, $2))::int''', kind);
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.date_part(text, %s) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS '
            '''SELECT pg_catalog.trunc(pg_catalog.linchpin_extract($1, $2))::int''', kind);
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.date_part(%s) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS '
            '''SELECT pg_catalog.trunc(pg_catalog.linchpin_extract(''''epoch'''', $1))::bigint''', kind);
    END LOOP;
END $$;
CREATE FUNCTION pg_catalog.extract(text, timestamptz) RETURNS float8 LANGUAGE sql STABLE STRICT PARALLEL SAFE AS
    $$ SELECT pg_catalog.linchpin_extract($1, $2)::float8 $$;
CREATE FUNCTION pg_internal.date_part(text, timestamptz) RETURNS float8 LANGUAGE sql STABLE STRICT PARALLEL SAFE AS
    $$ SELECT pg_catalog.linchpin_extract($1, $2)::float8 $$;
CREATE FUNCTION pg_internal.date_part(timestamptz) RETURNS float8 LANGUAGE sql STABLE STRICT PARALLEL SAFE AS
    $$ SELECT pg_catalog.linchpin_extract('epoch', $1)::float8 $$;
CREATE FUNCTION pg_catalog.date_part_year(date) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_catalog.linchpin_extract('year', $1)::int $$;
-- A DATE becomes a TIMESTAMP; a literal has no type yet, and is a time without a zone.
CREATE FUNCTION pg_catalog.date_trunc(text, date) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT pg_catalog.date_trunc($1, $2::timestamp) $$;
CREATE FUNCTION pg_catalog.date_trunc(text, text) RETURNS timestamp LANGUAGE sql STABLE STRICT AS
    $$ SELECT pg_catalog.date_trunc($1, $2::timestamp) $$;

-- ROUND and TRUNC to a number of places are of their argument's type; PostgreSQL has them of NUMERIC alone.
CREATE FUNCTION pg_catalog.round(float8, int) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT pg_catalog.round($1::numeric, $2)::float8 $$;
CREATE FUNCTION pg_catalog.trunc(float8, int) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT pg_catalog.trunc($1::numeric, $2)::float8 $$;
DO $$
DECLARE kind text;
BEGIN
    FOREACH kind IN ARRAY '{int2,int4,int8}'::text[] LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_catalog.round(%s, int) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS '
            '''SELECT pg_catalog.round($1::numeric, $2)::%1$s''', kind);
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_catalog.trunc(%s, int) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS '
            '''SELECT pg_catalog.trunc($1::numeric, $2)::%1$s''', kind);
    END LOOP;
END $$;

-- Without its strictness, TO_DATE takes days that a month has not; PostgreSQL refuses them.
CREATE FUNCTION pg_catalog.to_date(value text, format text, is_strict boolean) RETURNS date LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN pg_catalog.to_date(value, format);
EXCEPTION WHEN datetime_field_overflow THEN
    IF is_strict THEN
        RAISE;
    END IF;
    RAISE EXCEPTION 'TO_DATE of a day that its month has not is not carried out by linchpin' USING ERRCODE = '0A000';
END $$;
CREATE FUNCTION pg_catalog.current_user_id() RETURNS int LANGUAGE sql STABLE AS
    $$ SELECT usesysid::int FROM pg_catalog.pg_user WHERE usename = CURRENT_USER $$;
-- All rows are in one slice.
CREATE FUNCTION pg_catalog.slice_num() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 0 $$;

-- Letters of any language, which the locale C does not know: by what PostgreSQL has of Unicode, letter by letter if it can.
DO $$
DECLARE
    letters text := (SELECT pg_catalog.quote_ident(collname) FROM pg_catalog.pg_collation
        WHERE collnamespace = 'pg_catalog'::regnamespace AND collname = ANY ('{C.utf8,C.UTF-8,pg_c_utf8,und-x-icu}'::name[])
        ORDER BY pg_catalog.array_position('{C.utf8,C.UTF-8,pg_c_utf8,und-x-icu}'::name[], collname) LIMIT 1);
    name text;
BEGIN
    FOREACH name IN ARRAY CASE WHEN letters IS NULL THEN '{}' ELSE '{upper,lower,initcap}' END::text[] LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION pg_catalog.%I(text) RENAME TO linchpin_%1$s', name);
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_catalog.%I(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS '
            '''SELECT pg_catalog.linchpin_%1$s($1 COLLATE pg_catalog.%s)''', name, letters);
    END LOOP;
END $$;

-- A BOOLEAN is not cast to text.
DO $$
DECLARE target record;
BEGIN
    FOR target IN SELECT * FROM (VALUES ('text', 'character varying'), ('varchar', 'character varying'), ('bpchar', 'character')) AS t (name, told) LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.%s_of_boolean(boolean) RETURNS %1$s LANGUAGE plpgsql IMMUTABLE AS '
            '''BEGIN RAISE EXCEPTION ''''cannot cast type boolean to %s'''' USING ERRCODE = ''''42846'''', '
            'HINT = ''''use CASE''''; END''', target.name, target.told);
        UPDATE pg_catalog.pg_cast SET castfunc = ('pg_internal.' || target.name || '_of_boolean')::regproc
        WHERE castsource = 'bool'::regtype AND casttarget = target.name::regtype;
    END LOOP;
END $$;

-- In binary, an interval has microseconds and months, and its days are hours, as in PostgreSQL 8.0 (client source: redshift_connector
-- reads twelve bytes).
CREATE FUNCTION pg_internal.interval_send(value interval) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.int8send((pg_catalog.linchpin_extract('epoch', value - pg_catalog.make_interval(months => months)) * 1000000)::bigint)
        || pg_catalog.int4send(months)
    FROM (SELECT (pg_catalog.linchpin_extract('year', value) * 12 + pg_catalog.linchpin_extract('month', value))::int AS months) AS parts $$;
UPDATE pg_catalog.pg_type SET typsend = 'pg_internal.interval_send'::regproc WHERE oid = 'interval'::regtype;
