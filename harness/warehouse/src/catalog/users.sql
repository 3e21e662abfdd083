-- GRANT ASSUMEROLE: at first everybody may assume every role (documented: grants matter once that is revoked from PUBLIC).
CREATE TABLE pg_internal.assumerole (role text, grantee oid, purpose text, PRIMARY KEY (role, grantee, purpose));
INSERT INTO pg_internal.assumerole VALUES ('ALL', 0, 'ALL');
CREATE FUNCTION pg_internal.grant_assumerole(granted boolean, role text, grantee oid, purpose text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT (SELECT usesuper FROM pg_user WHERE usename = session_user) THEN
        RAISE EXCEPTION 'must be superuser to grant or revoke ASSUMEROLE' USING ERRCODE = '42501';
    ELSIF granted THEN
        INSERT INTO pg_internal.assumerole VALUES (role, grantee, purpose) ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM pg_internal.assumerole a
        WHERE a.grantee = grant_assumerole.grantee AND grant_assumerole.role IN ('ALL', a.role)
          AND grant_assumerole.purpose IN ('ALL', a.purpose);
    END IF;
END $$;
CREATE FUNCTION pg_catalog.linchpin_assumerole(granted boolean, role text, grantee text, purpose text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_internal.grant_assumerole($1, $2, CASE WHEN $3 = 'public' THEN 0 ELSE pg_catalog.quote_ident($3)::regrole::oid END, $4) $$;
-- A chain is granted as it is named, whole (documented).
CREATE FUNCTION pg_catalog.linchpin_may_assume(role text, purpose text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT EXISTS (SELECT FROM pg_internal.assumerole a
                   WHERE a.role IN ('ALL', $1) AND a.purpose IN ('ALL', $2)
                     AND (a.grantee = 0 OR pg_catalog.pg_has_role(session_user, a.grantee, 'MEMBER'))) $$;

-- A password by SHA-256 is stored as its digest and a salt, for the front to read. PostgreSQL would take it for a password.
CREATE FUNCTION pg_catalog.linchpin_sha256_password(user_name text, password text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    salt bytea := decode(replace(gen_random_uuid()::text, '-', ''), 'hex');
    stored text := password;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles r, pg_roles u
                   WHERE r.rolname = session_user AND u.rolname = user_name
                     AND (r.rolsuper OR r.oid = u.oid OR (r.rolcreaterole AND NOT u.rolsuper))) THEN
        RAISE EXCEPTION 'permission denied' USING ERRCODE = '42501';
    END IF;
    IF password !~ '^[0-9a-f]{64}[|][0-9a-f]+$' THEN
        stored := encode(sha256(convert_to(password, 'UTF8') || salt), 'hex') || '|' || encode(salt, 'hex');
    END IF;
    UPDATE pg_authid SET rolpassword = 'sha256|' || stored WHERE rolname = user_name;
END $$;
