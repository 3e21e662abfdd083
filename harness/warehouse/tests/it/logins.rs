//! Logins by temporary credentials, and what a cluster demands of a connection.

use linchpin_warehouse::{PasswordMethod, SessionTls, TemporaryLogin, UserCreation};
use tokio_postgres::NoTls;

use sha2::{Digest, Sha256};

use crate::fixture::{Fixture, Refusal, Session};
use crate::raw::RawClient;

impl Fixture {
    /// The control plane has given a password for `user`.
    fn give(&self, name: &str, user: &str, creation: UserCreation, database: Option<&str>, groups: &[&str]) {
        let login = TemporaryLogin {
            password: "Temporary1".to_owned().into(),
            user: user.to_owned(),
            creation,
            database: database.map(str::to_owned),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        };
        self.control.logins.lock().unwrap().push((name.to_owned(), login));
    }

    async fn log_in(&self, name: &str, password: &str, database: &str) -> Result<Session, Refusal> {
        let mut config = self.config();
        config.user(name).password(password).dbname(database);
        config.connect(NoTls).await.map(drop).map_err(Refusal::from)?;
        Ok(Session::connect(config).await)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_password_opens_a_session_of_its_user() {
    let fixture = Fixture::start().await;
    fixture.give("IAM:loader", "loader", UserCreation::Never, None, &[]);
    let session = fixture.log_in("IAM:loader", "Temporary1", "dev").await.unwrap();
    assert_eq!(session.rows("select current_user, session_user").await, ["loader|loader"]);
    fixture.give("IAMA:New.User@site", "New.User@site", UserCreation::AtLogin, None, &[]);
    for _ in ["made at the first login", "found at the second"] {
        let session = fixture.log_in("IAMA:New.User@site", "Temporary1", "dev").await.unwrap();
        assert_eq!(session.rows("select current_user").await, ["New.User@site"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_login_is_refused() {
    let fixture = Fixture::start().await;
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("create group readers noinherit").await.unwrap();
    fixture.give("IAM:loader", "loader", UserCreation::Never, Some("other"), &[]);
    fixture.give("IAM:ghost", "ghost", UserCreation::Never, None, &[]);
    fixture.give("IAMA:ghost", "ghost", UserCreation::AtLogin, None, &["none"]);
    fixture.give("IAM:readers", "readers", UserCreation::Never, None, &[]);
    let failed = |name: &str| format!("password authentication failed for user \"{name}\"");
    for (name, password, code, message) in [
        ("IAM:loader", "Temporary1", "28P01", failed("IAM:loader")),
        ("IAM:loader", "Secret1", "28P01", failed("IAM:loader")),
        ("loader", "Temporary1", "28P01", failed("loader")),
        ("IAMR:nobody", "Temporary1", "28P01", failed("IAMR:nobody")),
        ("IAM:ghost", "wrong", "28P01", failed("IAM:ghost")),
        ("IAM:ghost", "Temporary1", "28000", "user \"ghost\" does not exist".to_owned()),
        ("IAM:readers", "Temporary1", "28000", "user \"readers\" does not exist".to_owned()),
        ("IAMA:ghost", "Temporary1", "42704", "group \"none\" does not exist".to_owned()),
    ] {
        let refusal = fixture.log_in(name, password, "dev").await.err().unwrap();
        assert_eq!((refusal.code.as_str(), refusal.message.as_str()), (code, message.as_str()), "{name}");
    }
}

/// The membership goes with the last session that brought it; one that was there before stays.
#[tokio::test(flavor = "multi_thread")]
async fn groups_are_joined_for_the_session() {
    let fixture = Fixture::start().await;
    let admin = fixture.postgres.connect("dev").await;
    let setup = "create group readers noinherit; create group writers noinherit; grant writers to loader; \
                 create table t (id int); grant select on t to group readers; grant insert on t to group writers";
    admin.batch_execute(setup).await.unwrap();
    fixture.give("IAM:loader", "loader", UserCreation::Never, None, &["readers", "writers"]);
    let plain = fixture.connect().await;
    assert_eq!(plain.run("select * from t").await.unwrap_err().code, "42501");
    let session = fixture.log_in("IAM:loader", "Temporary1", "dev").await.unwrap();
    session.run("select * from t; insert into t values (1)").await.unwrap();
    session.disconnect();
    // A session of PostgreSQL's that asks for its roles just while they change may keep what it heard: new ones are asked.
    while fixture.connect().await.run("select * from t").await.is_ok() {}
    plain.run("insert into t values (2)").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_requires_ssl_refuses_plain_sessions() {
    let fixture = Fixture::start_as(|settings| {
        if let SessionTls::Optional(tls) = settings.tls.clone() {
            settings.tls = SessionTls::Required(tls);
        }
    })
    .await;
    let refusal = Refusal::from(fixture.config().connect(NoTls).await.err().unwrap());
    let words =
        "no pg_hba.conf entry for host \"::ffff:127.0.0.1\", user \"loader\", database \"dev\", SSL off";
    assert_eq!((refusal.code.as_str(), refusal.message.as_str()), ("28000", words));
    crate::sessions::psql(&fixture, "verify-full", "select 1").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_without_tls_takes_plain_sessions_alone() {
    let fixture = Fixture::start_as(|settings| settings.tls = SessionTls::Absent).await;
    let refusal = crate::sessions::psql(&fixture, "require", "select 1").unwrap_err();
    assert!(refusal.contains("server does not support SSL, but SSL was required"), "{refusal}");
    crate::sessions::psql(&fixture, "prefer", "select 1").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_may_be_asked_for_in_the_clear() {
    let fixture = Fixture::start_as(|settings| settings.passwords = PasswordMethod::Cleartext).await;
    assert_eq!(crate::sessions::psql(&fixture, "verify-full", "select current_user").unwrap(), "loader\n");
    let (_, asked) = RawClient::challenged(&fixture, "loader").await;
    assert_eq!(asked[..4], [0, 0, 0, 5], "a plain connection is asked for a digest");
    fixture.give("IAM:loader", "loader", UserCreation::Never, None, &[]);
    fixture.log_in("IAM:loader", "Temporary1", "dev").await.unwrap();
    for (name, password) in [("loader", "secret1"), ("loader", "Temporary1"), ("IAM:loader", "Secret1")] {
        let refusal = fixture.log_in(name, password, "dev").await.err().unwrap();
        assert_eq!(refusal.code, "28P01", "{name} {password}");
    }
}

/// As Amazon's drivers answer.
async fn answer(fixture: &Fixture, user: &str, password: &str) -> u8 {
    let (mut client, challenge) = RawClient::challenged(fixture, user).await;
    let (kind, rest) = challenge.split_at(8);
    assert_eq!(kind, [0, 0, 0, 13, 0, 0, 0, 0], "a challenge by digest with SHA-256");
    let part = |rest: &[u8]| {
        let length = usize::try_from(u32::from_be_bytes(rest[..4].try_into().unwrap())).unwrap();
        (rest[4..4 + length].to_vec(), rest[4 + length..].to_vec())
    };
    let (salt, rest) = part(rest);
    let (nonce, rest) = part(&rest);
    assert!(rest.is_empty());
    let inner = Sha256::new().chain_update(password).chain_update(salt).finalize();
    let digest = Sha256::new().chain_update(inner).chain_update(nonce).chain_update("mine").finalize();
    client.answer_digest(&digest, b"mine").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_by_sha256_is_asked_for_by_digest() {
    let fixture = Fixture::start().await;
    let admin = fixture.postgres.connect("dev").await;
    admin.batch_execute("alter user loader superuser").await.unwrap();
    let session = fixture.connect().await;
    let known = format!("{}|{}", hex::encode(Sha256::digest("Other1salt")), hex::encode("salt"));
    session.run("create user digested password 'sha256|Digest1'").await.unwrap();
    session.run(&format!("create user known password 'sha256|{known}'")).await.unwrap();
    for (user, password, tag) in
        [("digested", "Digest1", b'R'), ("digested", "Digest2", b'E'), ("known", "Other1", b'R')]
    {
        assert_eq!(answer(&fixture, user, password).await, tag, "{user} {password}");
    }
    session.run("alter user digested password 'Plain1Password'").await.unwrap();
    fixture.log_in("digested", "Plain1Password", "dev").await.unwrap();
    session.run("alter user digested password disable").await.unwrap();
    assert_eq!(fixture.log_in("digested", "Plain1Password", "dev").await.err().unwrap().code, "28P01");
    admin.batch_execute("alter user loader nosuperuser").await.unwrap();
    let sql = "select pg_catalog.linchpin_sha256_password('known', 'Mine1')";
    assert_eq!(session.run(sql).await.unwrap_err().code, "42501");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_granted() {
    const ROLE: &str = crate::fixture::ROLE;
    let fixture = Fixture::start().await;
    let admin = fixture.postgres.connect("dev").await;
    admin
        .batch_execute("create user boss superuser password 'Secret1'; create group writers noinherit")
        .await
        .unwrap();
    let (boss, loader) = (fixture.log_in("boss", "Secret1", "dev").await.unwrap(), fixture.connect().await);
    fixture.s3.put("stage/x", "1\n");
    loader.run("create table t (id int)").await.unwrap();
    let copy = |role: &str| format!("copy t from 's3://stage/x' iam_role {role}");
    let arn = format!("'{ROLE}'");
    loader.run(&copy(&arn)).await.unwrap();
    let by_loader = loader.run(&format!("grant assumerole on {arn} to loader for all")).await.unwrap_err();
    assert_eq!(by_loader.code, "42501", "{by_loader:?}");
    boss.run("revoke assumerole on all from public for all").await.unwrap();
    let refused = |kind: &str| {
        let message =
            format!("User loader does not have ASSUMEROLE permission on IAM role \"{ROLE}\" for {kind}");
        Refusal { code: "42501".to_owned(), message, detail: String::new() }
    };
    assert_eq!(loader.run(&copy(&arn)).await.unwrap_err(), refused("COPY"));
    boss.run(&format!("grant assumerole on {arn} to loader for copy")).await.unwrap();
    loader.run(&copy(&arn)).await.unwrap();
    let unload = format!("unload ('select * from t') to 's3://stage/out' iam_role {arn}");
    assert_eq!(loader.run(&unload).await.unwrap_err(), refused("UNLOAD"));
    assert_eq!(loader.run(&copy("default")).await.unwrap_err().code, "42501");
    boss.run("grant assumerole on default to group writers for copy").await.unwrap();
    assert_eq!(loader.run(&copy("default")).await.unwrap_err().code, "42501");
    boss.run("alter group writers add user loader").await.unwrap();
    loader.run(&copy("default")).await.unwrap();
    boss.run(
        "revoke assumerole on all from loader for all; revoke assumerole on all from group writers for copy",
    )
    .await
    .unwrap();
    assert_eq!(loader.run(&copy(&arn)).await.unwrap_err(), refused("COPY"));
    loader.run(&format!("copy t from 's3://stage/x' {}", crate::fixture::KEYS)).await.unwrap();
}
