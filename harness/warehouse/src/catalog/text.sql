-- Functions of texts and bytes that Redshift has and PostgreSQL has not (documented).
-- The checksum as eight hexadecimal digits.
CREATE FUNCTION pg_catalog.crc32(value text) RETURNS varchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    bytes bytea := pg_catalog.convert_to(value, 'UTF8');
    sum bigint := 4294967295;
BEGIN
    FOR n IN 0..pg_catalog.length(bytes) - 1 LOOP
        sum := sum # pg_catalog.get_byte(bytes, n);
        FOR bit IN 1..8 LOOP
            sum := (sum >> 1) # CASE WHEN sum & 1 = 1 THEN 3988292384 ELSE 0 END;
        END LOOP;
    END LOOP;
    RETURN pg_catalog.lpad(pg_catalog.to_hex(sum # 4294967295), 8, '0');
END $$;

-- The first letter, then digits of what sounds different; H and W do not part equal sounds, vowels do.
CREATE FUNCTION pg_catalog.soundex(value text) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN letters = '' THEN '' ELSE pg_catalog.rpad(pg_catalog.left(letters, 1) || pg_catalog.left(pg_catalog.translate(pg_catalog.substr(
        pg_catalog.regexp_replace(pg_catalog.translate(pg_catalog.left(letters, 1) || pg_catalog.translate(pg_catalog.substr(letters, 2), 'HW', ''),
            'BFPVCGJKQSXZDTLMNRAEIOUYHW', '11112222222233455600000000'), E'(.)\\1+', E'\\1', 'g'), 2), '0', ''), 3), 4, '0') END::varchar
    FROM (SELECT pg_catalog.regexp_replace(pg_catalog.upper(value), '[^A-Z]', '', 'g') AS letters) AS spelled $$;
CREATE FUNCTION pg_catalog.difference(text, text) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT count(*)::int FROM generate_series(1, 4) AS n
    WHERE pg_catalog.substr(pg_catalog.soundex($1), n, 1) = pg_catalog.substr(pg_catalog.soundex($2), n, 1) $$;

-- TRY_CAST, of which the front makes this.
CREATE FUNCTION pg_catalog.try_cast(value anycompatible, type text, template anyelement) RETURNS anyelement LANGUAGE plpgsql STABLE AS $$
DECLARE result template%TYPE;
BEGIN
    EXECUTE 'SELECT $1::' || type INTO result USING value;
    RETURN result;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

-- Whether a user, or a role, has been granted a role or is in a group.
CREATE FUNCTION pg_internal.is_member(member text, of text) RETURNS boolean LANGUAGE sql STABLE STRICT AS $$
    SELECT coalesce((SELECT pg_catalog.pg_has_role(m.oid, o.oid, 'MEMBER') FROM pg_catalog.pg_roles m, pg_catalog.pg_roles o
                     WHERE m.rolname = $1 AND o.rolname = $2 AND m.oid <> o.oid), false) $$;
CREATE FUNCTION pg_catalog.user_is_member_of(text, text) RETURNS boolean LANGUAGE sql STABLE STRICT AS $$ SELECT pg_internal.is_member($1, $2) $$;
CREATE FUNCTION pg_catalog.role_is_member_of(text, text) RETURNS boolean LANGUAGE sql STABLE STRICT AS $$ SELECT pg_internal.is_member($1, $2) $$;

-- CONCAT takes two texts, or what can be read as such, and is NULL where one of them is (documented).
ALTER FUNCTION pg_catalog.concat(VARIADIC "any") RENAME TO linchpin_concat_all;
CREATE FUNCTION pg_catalog.concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1 || $2 $$;
CREATE FUNCTION pg_catalog.concat(text, anynonarray) RETURNS text LANGUAGE sql STABLE STRICT AS $$ SELECT $1 || $2::text $$;
CREATE FUNCTION pg_catalog.concat(anynonarray, text) RETURNS text LANGUAGE sql STABLE STRICT AS $$ SELECT $1::text || $2 $$;
