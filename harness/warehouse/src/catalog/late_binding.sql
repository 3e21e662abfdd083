-- Views WITH NO SCHEMA BINDING. Their text is kept, and they are bound anew after every statement that changes what is there;
-- nothing depends on what they read, so that it can be dropped and made again. A view that finds nothing to read says so
-- when it is read. Documented: tables in such a view are named with their schema, and need not be there.
CREATE TABLE pg_internal.late_binding_views (view_id oid PRIMARY KEY, path text NOT NULL, definition text NOT NULL,
    given text NOT NULL);
GRANT SELECT ON pg_internal.late_binding_views TO PUBLIC;

CREATE FUNCTION pg_internal.unbound(message text, state text) RETURNS SETOF int LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', message USING ERRCODE = state;
END $$;

-- What the view's columns were when it was last bound.
CREATE FUNCTION pg_internal.columns_as_null(view_id oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(pg_catalog.string_agg(pg_catalog.format('NULL::%s AS %I',
                    pg_catalog.format_type(atttypid, atttypmod), attname), ', ' ORDER BY attnum), '')
    FROM pg_catalog.pg_attribute WHERE attrelid = view_id AND attnum > 0 AND NOT attisdropped $$;

-- A view whose columns became others is made anew, with its owner and its grants.
CREATE FUNCTION pg_internal.remake(view oid, definition text) RETURNS oid LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    name text := view::regclass::text;
    old record;
    made oid;
BEGIN
    SELECT pg_get_userbyid(relowner) AS owner, relacl INTO old FROM pg_class WHERE oid = view;
    EXECUTE format('DROP VIEW %s', name);
    EXECUTE format('CREATE VIEW %s %s', name, definition);
    EXECUTE format('ALTER VIEW %s OWNER TO %I', name, old.owner);
    made := name::regclass;
    UPDATE pg_class SET relacl = old.relacl WHERE oid = made;
    UPDATE pg_internal.late_binding_views SET view_id = made WHERE view_id = view;
    RETURN made;
END $$;

CREATE FUNCTION pg_internal.bind(view oid, path text, definition text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    name text := view::regclass::text;
    bound oid := view;
BEGIN
    PERFORM set_config('search_path', path, true);
    BEGIN
        EXECUTE format('CREATE OR REPLACE VIEW %s %s', name, definition);
    EXCEPTION
        WHEN invalid_table_definition THEN
            bound := pg_internal.remake(view, definition);
        WHEN undefined_table OR undefined_column OR undefined_function OR invalid_schema_name THEN
            EXECUTE format('CREATE OR REPLACE VIEW %s AS SELECT %s FROM pg_internal.unbound(%L, %L)', name,
                           pg_internal.columns_as_null(view), SQLERRM, SQLSTATE);
    END;
    DELETE FROM pg_depend USING pg_rewrite r
        WHERE classid = 'pg_rewrite'::regclass AND objid = r.oid AND r.ev_class = bound
          AND refclassid = 'pg_class'::regclass AND refobjid <> bound;
END $$;

CREATE FUNCTION pg_internal.keep_late_binding(view_id oid, path text, definition text, given text) RETURNS void LANGUAGE sql
SECURITY DEFINER AS $$
    INSERT INTO pg_internal.late_binding_views VALUES ($1, $2, $3, $4)
    ON CONFLICT (view_id) DO UPDATE SET path = excluded.path, definition = excluded.definition, given = excluded.given $$;

-- CREATE [OR REPLACE] VIEW relation definition: made with the caller's rights, kept and bound with the catalog's.
CREATE FUNCTION pg_catalog.linchpin_late_binding(replaced boolean, relation text, definition text, given text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE made oid := CASE WHEN replaced THEN to_regclass(relation) END;
BEGIN
    IF made IS NULL THEN
        EXECUTE pg_catalog.format('CREATE VIEW %s AS SELECT', relation);
    END IF;
    made := pg_internal.owned(relation);
    PERFORM pg_internal.keep_late_binding(made, pg_catalog.current_setting('search_path'), definition, given);
    PERFORM pg_internal.bind(made, pg_catalog.current_setting('search_path'), definition);
END $$;

CREATE FUNCTION pg_internal.bind_all() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    -- What binds a view is such a statement too.
    IF NOT EXISTS (SELECT FROM pg_internal.late_binding_views)
       OR coalesce(pg_catalog.current_setting('linchpin.binding', true), '') = 'on' THEN
        RETURN;
    END IF;
    PERFORM pg_catalog.set_config('linchpin.binding', 'on', true);
    DELETE FROM pg_internal.late_binding_views v WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = v.view_id);
    PERFORM pg_internal.bind(view_id, path, definition) FROM pg_internal.late_binding_views ORDER BY view_id;
    PERFORM pg_catalog.set_config('linchpin.binding', 'off', true);
END $$;
CREATE EVENT TRIGGER linchpin_late_binding ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE', 'DROP TABLE', 'CREATE VIEW', 'ALTER VIEW',
                 'DROP VIEW', 'CREATE MATERIALIZED VIEW', 'DROP MATERIALIZED VIEW', 'CREATE SCHEMA', 'ALTER SCHEMA',
                 'DROP SCHEMA', 'CREATE FUNCTION', 'DROP FUNCTION', 'DROP OWNED')
    EXECUTE FUNCTION pg_internal.bind_all();

-- Of such a view, its definition is the statement that was given, whole (client source: the tools of AWS that write views anew).
DO $$
DECLARE arguments text;
BEGIN
    FOREACH arguments IN ARRAY ARRAY['oid', 'oid, boolean'] LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION pg_catalog.pg_get_viewdef(%s) RENAME TO linchpin_get_viewdef', arguments);
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_catalog.pg_get_viewdef(%s) RETURNS text LANGUAGE sql STABLE AS %L', arguments,
            pg_catalog.format('SELECT coalesce((SELECT given || '';'' FROM pg_internal.late_binding_views WHERE view_id = $1), '
                'pg_catalog.linchpin_get_viewdef(%s))', CASE arguments WHEN 'oid' THEN '$1' ELSE '$1, $2' END));
    END LOOP;
END $$;
