from pathlib import Path

import pytest

from trend_assets import settings as settings_module
from trend_assets.errors import SettingsError
from trend_assets.resources import Fetchers
from trend_assets.settings import Settings, get_settings, use, variable

PG = "postgresql+psycopg2://ann:secret@db:5432/trends"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREND_HOME", str(tmp_path))
    return tmp_path


def test_every_place_is_below_the_home_and_the_mode(home: Path) -> None:
    settings = Settings.load()
    assert settings.mode == "live"
    assert settings.lake == f"{home}/live/lake"
    assert settings.database_url == f"sqlite:///{home}/live/ledger.db"
    assert settings.dagster_home == home / "live" / "dagster"


def test_modes_share_nothing(home: Path) -> None:
    del home
    places = [
        (settings.lake, settings.database_url, settings.dagster_home)
        for settings in (Settings.load(mode="live"), Settings.load(mode="sandbox"), Settings.load(mode="archive"))
    ]
    assert len({place for row in places for place in row}) == 9


def test_it_loads_with_no_environment_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TREND_HOME", "HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings.load()
    assert settings.home.is_absolute()
    assert settings.home.name == "trend_assets"


def test_an_empty_variable_counts_as_unset(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        if name != "home":
            monkeypatch.setenv(variable(name), "")
    assert Settings.load().lake == f"{home}/live/lake"


def test_an_error_names_the_variable_its_value_and_the_valid_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_MODE", "prod")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert str(caught.value) == "TREND_MODE='prod' is not valid: use 'live', 'sandbox' or 'archive'."


def test_all_errors_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_EXECUTOR", "spark")
    monkeypatch.setenv("TREND_LAKE", "ftp://somewhere")
    monkeypatch.setenv("TREND_CHROMIUM", "/no/such/program")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert sorted(str(caught.value).splitlines()) == [
        "TREND_CHROMIUM='/no/such/program' is not valid: there is no such file.",
        "TREND_EXECUTOR='spark' is not valid: use 'in_process' or 'multiprocess'.",
        "TREND_LAKE='ftp://somewhere' is not valid: use a folder; object storage is not supported yet.",
    ]


@pytest.mark.parametrize("url", ["mysql://ann:secret@db/trends", "postgresql+asyncpg://ann:secret@db/trends", "secret"])
@pytest.mark.parametrize("name", ["TREND_DATABASE_URL", "TREND_DAGSTER_PG_URL"])
def test_a_wrong_address_is_refused_without_showing_its_password(name: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, url)
    with pytest.raises(SettingsError, match=f"{name} is not valid: use .*postgresql://") as caught:
        Settings.load()
    assert "secret" not in str(caught.value)


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_DATABASE_URL", PG)
    assert "secret" not in repr(Settings.load())


def test_a_key_is_not_shown_and_keys_are_found_by_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().tokens == {}
    monkeypatch.setenv("TREND_YOUTUBE_API_KEY", "secret")
    assert Settings.load().tokens == {"youtube": "secret"}
    assert "secret" not in repr(Settings.load())
    with pytest.raises(SettingsError, match=r"^TREND_YOUTUBE_API_KEY is not valid: [^=]*$") as caught:
        Settings.load(youtube_api_key=["secret"])
    assert "secret" not in str(caught.value)


def test_the_account_of_a_token_is_a_number_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().accounts == {}
    monkeypatch.setenv("TREND_INSTAGRAM_TOKEN", "secret")
    monkeypatch.setenv("TREND_INSTAGRAM_USER_ID", "17841405309211844")
    settings = Settings.load()
    assert (settings.tokens, settings.accounts) == ({"instagram": "secret"}, {"instagram": "17841405309211844"})
    assert "17841405309211844" in repr(settings) and "secret" not in repr(settings)
    with pytest.raises(SettingsError, match=r"^TREND_INSTAGRAM_USER_ID='@someone' is not valid: "):
        Settings.load(instagram_user_id="@someone")
    assert Settings.load(reddit_username="ann-lee").accounts["reddit"] == "ann-lee"
    with pytest.raises(SettingsError, match=r"^TREND_REDDIT_USERNAME='u/ann\\nx' is not valid: "):
        Settings.load(reddit_username="u/ann\nx")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_postgres_scheme_means_psycopg2(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_DATABASE_URL", f"{scheme}://ann:secret@db:5432/trends")
    settings = Settings.load()
    assert settings.database_url == PG
    assert settings.dagster_storage_url == PG


def test_special_characters_of_a_password_survive() -> None:
    url = "postgresql://ann:p%40ss%2Fw@db/trends?sslmode=require"
    assert Settings.load(database_url=url).database_url == url.replace("postgresql:", "postgresql+psycopg2:")


def test_dagster_can_have_a_database_of_its_own() -> None:
    settings = Settings.load(database_url=PG, dagster_pg_url="postgres://bob@other/runs")
    assert settings.dagster_storage_url == "postgresql+psycopg2://bob@other/runs"


def test_run_history_is_sqlite_when_the_ledger_is() -> None:
    assert Settings.load().dagster_storage_url is None


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_ledger_in_memory_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="TREND_DATABASE_URL is not valid: name a file"):
        Settings.load(database_url=url)


def test_relative_places_do_not_depend_on_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.load(lake="data/lake", database_url="sqlite:///ledger.db", home="here")
    assert settings.lake == f"{tmp_path}/data/lake"
    assert settings.database_url == f"sqlite:///{tmp_path}/ledger.db"
    assert settings.home == tmp_path / "here"


def test_a_lake_brings_its_own_ledger_and_dagster_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_DATABASE_URL", PG)
    monkeypatch.setenv("TREND_DAGSTER_PG_URL", PG)
    monkeypatch.setenv("DAGSTER_HOME", "/elsewhere")
    monkeypatch.setenv("TREND_EXECUTOR", "multiprocess")
    settings = Settings.for_lake(tmp_path / "demo")
    assert settings.lake == f"{tmp_path}/demo/lake"
    assert settings.database_url == f"sqlite:///{tmp_path}/demo/ledger.db"
    assert settings.dagster_home == tmp_path / "demo" / "dagster"
    assert settings.dagster_storage_url is None
    assert settings.executor == "multiprocess"


def test_a_lake_on_object_storage_is_refused_and_not_made_a_folder_of_that_name() -> None:
    with pytest.raises(SettingsError, match="'s3://bucket/lake' is no folder"):
        Settings.for_lake("s3://bucket/lake")


def test_another_process_gets_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Settings.for_lake(tmp_path)
    monkeypatch.setenv("TREND_DAGSTER_PG_URL", PG)
    for name, value in wanted.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.load() == wanted


def test_used_settings_are_those_of_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in Settings.load().environment().items():
        monkeypatch.setenv(name, value)  # so that the test's end restores them
    before = get_settings()
    assert get_settings() is before
    use(Settings.for_lake(tmp_path))
    assert get_settings() == Settings.for_lake(tmp_path)


def test_a_token_reaches_captures_and_other_processes_but_is_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREND_PINTEREST_TOKEN", "secret")
    monkeypatch.setenv("TREND_INSTAGRAM_USER_ID", "17841405309211844")
    settings = Settings.for_lake(tmp_path)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)  # so that the test's end restores them
    use(settings)
    fetchers = Fetchers.of(settings)
    with fetchers.network() as network:
        assert (network.tokens, network.accounts) == ({"pinterest": "secret"}, {"instagram": "17841405309211844"})
    assert "secret" not in f"{settings!r} {fetchers!r} {network!r}"
    assert Settings.load(pinterest_token=None).tokens == {}


def test_proxies_are_of_the_real_platforms_and_shown_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = " http://ann:secret@secret.example:3128/  HTTPS://secret@[::1]:3129 Socks5://secret.example:1080\n"
    monkeypatch.setenv("TREND_PROXIES", listed)
    settings = Settings.for_lake(tmp_path)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)  # so that the test's end restores them
    use(settings)
    with Fetchers.of(settings).network() as network:
        assert network.proxies == (
            "http://ann:secret@secret.example:3128", "https://secret:@[::1]:3129", "socks5://secret.example:1080",
        )  # fmt: skip
    assert "secret" not in f"{settings!r} {network!r}"
    with Fetchers.of(Settings.for_lake(tmp_path, mode="sandbox")).network() as network:
        assert list(network.proxies) == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("secret.example:3128", "is no proxy: write http://"),
        ("http://secret.example", "is no proxy"),
        ("http://secret.example:99999", "is no proxy"),
        ("http://secret.example:3128/way", "is no proxy"),
        ("socks4://secret.example:1080", "is no proxy"),
        ("http://[secret:3128", "is no proxy"),
        (
            "socks5://ann:secret@proxy.example:1080",
            "wants a login, which Chromium cannot give to socks5: use the same proxy by",
        ),
        ("http://ann:secret%E2%82%AC@proxy.example:3128", "has a login that cannot be sent: only Latin-1 text can"),
    ],
)
def test_a_proxy_that_is_none_is_named_by_its_number(address: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_PROXIES", f"http://proxy.example:3128 {address}")
    with pytest.raises(SettingsError, match=f"^TREND_PROXIES is not valid: number 2 {said}") as caught:
        Settings.load()
    assert "secret" not in str(caught.value)


def test_id_and_secret_of_an_app_go_together() -> None:
    both = Settings.load(reddit_client_id="an-id", reddit_client_secret="a-secret")
    assert both.tokens == {"reddit": "an-id:a-secret"} and "a-secret" not in repr(both) and "an-id" not in repr(both)
    for name in ("reddit_client_id", "reddit_client_secret"):
        with pytest.raises(
            SettingsError, match=r"^TREND_REDDIT_CLIENT_ID and TREND_REDDIT_CLIENT_SECRET go together: set both"
        ):
            Settings.load(**{name: "hidden"})


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(SettingsError, match="no setting 'detectr': did you mean 'detector'"):
        Settings.load(detectr="heuristic")


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert settings_module.__doc__
