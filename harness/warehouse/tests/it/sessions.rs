//! Connecting, and what passes through.

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_passes_through() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    assert_eq!(session.rows("select 1, null, 'a\\'b'").await, ["1|<null>|a'b"]);
    let rows = session.client.query("select $1::int + 1", &[&41_i32]).await.unwrap();
    assert_eq!(rows[0].get::<_, i32>(0), 42);
    assert_eq!(session.run("select nonsense").await.unwrap_err().code, "42703");
    assert_eq!(session.rows("select current_user").await, ["loader"]);
}
