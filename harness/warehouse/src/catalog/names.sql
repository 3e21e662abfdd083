-- A column is named after the function that it is: what the front writes in several calls stands in one of Redshift's name, which returns
-- its argument, and DATEADD and DATEDIFF have the names of their columns (documented examples).
CREATE FUNCTION pg_catalog.median(float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pg_catalog.median(interval) RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pg_catalog.percentile_cont(float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$;
CREATE FUNCTION pg_catalog.ratio_to_report(float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$;
DO $$
DECLARE overload record;
BEGIN
    FOR overload IN SELECT p.oid, p.proname, named.column_name, p.prorettype::regtype AS result, p.provolatile,
            pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments, p.proargtypes
        FROM pg_catalog.pg_proc p JOIN (VALUES ('dateadd', 'date_add'), ('datediff', 'date_diff')) AS named (name, column_name) ON named.name = p.proname
        WHERE p.pronamespace = 'pg_catalog'::regnamespace LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_proc o WHERE o.pronamespace = 'pg_catalog'::regnamespace
                              AND o.proname = overload.column_name AND o.proargtypes = overload.proargtypes);
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_catalog.%I(%s) RETURNS %s LANGUAGE sql %s STRICT AS %L', overload.column_name,
            overload.arguments, overload.result, CASE overload.provolatile WHEN 'i' THEN 'IMMUTABLE' ELSE 'STABLE' END,
            pg_catalog.format('SELECT pg_catalog.%I($1, $2, $3)', overload.proname));
    END LOOP;
END $$;
