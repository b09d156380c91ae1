#include "settings/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace nassaq::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string secret(32, 's');

/// What development needs: nothing.
Variables development(Variables variables = {}) {
    variables.try_emplace("ENVIRONMENT", "dev");
    return variables;
}

Settings parse_or_fail(const Variables& variables) {
    auto settings = parse(variables);
    if (!settings) {
        ADD_FAILURE() << settings.error().front();
        return {};
    }
    return std::move(*settings);
}

Faults faults_of(const Variables& variables) {
    const auto settings = parse(variables);
    return settings ? Faults{} : settings.error();
}

TEST(Settings, BoundWhatClientsMayHold) {
    const Settings settings = parse_or_fail(development({{"RESPONSE_MEMORY_MB", "16"}, {"STOP_GRACE_SECONDS", "0"}}));
    EXPECT_EQ(settings.response_memory_bytes, std::size_t{16} << 20U);
    EXPECT_EQ(settings.stop_grace, std::chrono::seconds{0});
    EXPECT_EQ(faults_of(development({{"RESPONSE_MEMORY_MB", "15"}, {"STOP_GRACE_SECONDS", "3601"}})).size(), 2U);
}

TEST(Settings, BoundWhatSearchesMayTake) {
    const Settings settings = parse_or_fail(development({{"SEARCH_TIMEOUT_SECONDS", "3"}, {"SEARCHES_PER_USER", "5"}}));
    EXPECT_EQ(settings.search_timeout, std::chrono::seconds{3});
    EXPECT_EQ(settings.searches_per_user, 5U);
    EXPECT_THAT(faults_of(development({{"SEARCH_TIMEOUT_SECONDS", "0"}, {"SEARCHES_PER_USER", "65"}})),
                ElementsAre(HasSubstr("SEARCH_TIMEOUT_SECONDS"), HasSubstr("SEARCHES_PER_USER")));
}

TEST(Settings, NameAFolderForHomes) {
    EXPECT_EQ(parse_or_fail(development()).home_folders, "");
    EXPECT_EQ(parse_or_fail(development({{"HOME_FOLDERS", "home"}})).home_folders, "home");
    EXPECT_EQ(parse_or_fail(development({{"HOME_FOLDERS", "/ناس/e\u0301/"}})).home_folders, "ناس/é");
    EXPECT_EQ(parse_or_fail(development({{"HOME_FOLDERS", std::string(200, 'a') + "/" + std::string(99, 'b')}}))
                  .home_folders.size(),
              300U);
    for (const std::string& value :
         {std::string("/"), std::string("a//b"), std::string("a/.."), std::string("a\\b"), std::string("a\nb"),
          std::string("a\u200b"), std::string("\xff"), std::string(200, 'a') + "/" + std::string(100, 'b')}) {
        EXPECT_THAT(faults_of(development({{"HOME_FOLDERS", value}})), ElementsAre(StartsWith("HOME_FOLDERS: ")))
            << value;
    }
}

TEST(Settings, HaveDefaults) {
    const Settings settings = parse_or_fail({{"JWT_SECRET_KEY", secret}});
    EXPECT_FALSE(settings.is_development);
    EXPECT_EQ(settings.host, "0.0.0.0");
    EXPECT_EQ(settings.port, 8000);
    EXPECT_EQ(settings.data_directory, std::filesystem::current_path() / "data");
    EXPECT_EQ(settings.jwt_secret, secret);
    EXPECT_EQ(settings.access_token_life, std::chrono::minutes{1});
    EXPECT_EQ(settings.refresh_token_life, std::chrono::days{7});
    EXPECT_FALSE(settings.accepts_legacy_refresh_tokens);
    EXPECT_EQ(settings.max_upload_bytes, 50U << 20U);
    EXPECT_EQ(settings.min_body_rate, 1024U);
    EXPECT_THAT(settings.supported_extensions,
                ElementsAre(".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".heif", ".heic", ".docx",
                            ".xlsx", ".pptx", ".doc", ".txt", ".csv"));
    EXPECT_THAT(settings.cors_origins, ElementsAre("http://localhost:8080", "http://127.0.0.1:8080"));
    EXPECT_THAT(settings.trusted_proxies, IsEmpty());
    EXPECT_EQ(settings.response_memory_bytes, std::size_t{128} << 20U);
    EXPECT_EQ(settings.stop_grace, std::chrono::seconds{30});
    EXPECT_EQ(settings.ocr_queue_name, "ocr_queue");
    EXPECT_EQ(settings.extraction.languages, "ara+eng");
    EXPECT_EQ(settings.ocr_concurrency, std::max(1U, std::thread::hardware_concurrency()));
    EXPECT_EQ(settings.extraction.timeout, std::chrono::seconds{900});
    EXPECT_EQ(settings.job_max_attempts, 5);
    EXPECT_EQ(settings.log_retention, std::chrono::days{0});
    EXPECT_EQ(settings.quotas.bytes, 0);
    EXPECT_EQ(settings.quotas.documents, 0);
    EXPECT_EQ(settings.quotas.pages_per_day, 0);
    EXPECT_EQ(settings.log_level, log::Level::info);
}

TEST(Settings, TakeEveryVariable) {
    const Settings settings = parse_or_fail({{"ENVIRONMENT", "dev"},
                                             {"HOST", "::1"},
                                             {"PORT", "0"},
                                             {"DATA_DIR", "/srv/nassaq"},
                                             {"JWT_SECRET_KEY", secret},
                                             {"JWT_ALGORITHM", "HS256"},
                                             {"ACCESS_TOKEN_EXPIRE_MINUTES", "60"},
                                             {"REFRESH_TOKEN_EXPIRE_DAYS", "30"},
                                             {"ACCEPT_LEGACY_REFRESH_TOKENS", "true"},
                                             {"MAX_UPLOAD_SIZE_MB", "1"},
                                             {"SUPPORTED_EXTENSIONS", R"([".pdf", "TXT"])"},
                                             {"CORS_ORIGINS", R"(["https://a.example"])"},
                                             {"TRUSTED_PROXIES", "10.0.0.0/8, ::1"},
                                             {"OCR_QUEUE_NAME", "jobs"},
                                             {"OCR_LANGUAGES", "eng"},
                                             {"OCR_CONCURRENCY", "3"},
                                             {"OCR_TIMEOUT_SECONDS", "60"},
                                             {"JOB_MAX_ATTEMPTS", "2"},
                                             {"LOG_RETENTION_DAYS", "90"},
                                             {"QUOTA_STORAGE_MB", "3"},
                                             {"QUOTA_DOCUMENTS", "4"},
                                             {"QUOTA_PAGES_PER_DAY", "5"},
                                             {"LOG_LEVEL", "debug"},
                                             {"LOG_FORMAT", "json"},
                                             {"BLOB_STORAGE_TYPE", "local"},
                                             {"SOME_OTHER_VARIABLE", "is ignored"}});
    EXPECT_TRUE(settings.is_development);
    EXPECT_EQ(settings.host, "::1");
    EXPECT_EQ(settings.port, 0);
    EXPECT_EQ(settings.data_directory, "/srv/nassaq");
    EXPECT_EQ(settings.jwt_secret, secret);
    EXPECT_EQ(settings.access_token_life, std::chrono::hours{1});
    EXPECT_EQ(settings.refresh_token_life, std::chrono::days{30});
    EXPECT_TRUE(settings.accepts_legacy_refresh_tokens);
    EXPECT_EQ(settings.max_upload_bytes, 1U << 20U);
    EXPECT_THAT(settings.supported_extensions, ElementsAre(".pdf", ".txt"));
    EXPECT_THAT(settings.cors_origins, ElementsAre("https://a.example"));
    EXPECT_THAT(settings.trusted_proxies, ElementsAre("10.0.0.0/8", "::1"));
    EXPECT_EQ(settings.ocr_queue_name, "jobs");
    EXPECT_EQ(settings.extraction.languages, "eng");
    EXPECT_EQ(settings.ocr_concurrency, 3U);
    EXPECT_EQ(settings.extraction.timeout, std::chrono::seconds{60});
    EXPECT_EQ(settings.job_max_attempts, 2);
    EXPECT_EQ(settings.log_retention, std::chrono::days{90});
    EXPECT_EQ(settings.quotas.bytes, 3 << 20);
    EXPECT_EQ(settings.quotas.documents, 4);
    EXPECT_EQ(settings.quotas.pages_per_day, 5);
    EXPECT_EQ(settings.log_level, log::Level::debug);
    EXPECT_EQ(settings.log_format, log::Format::json);
}

TEST(Settings, TakeAnEmptyVariableAsNotSet) {
    const Settings settings = parse_or_fail(development(
        {{"PORT", ""}, {"LOG_LEVEL", ""}, {"CORS_ORIGINS", ""}, {"SQL_SERVER", ""}, {"JWT_SECRET_KEY", ""}}));
    EXPECT_EQ(settings.port, 8000);
    EXPECT_EQ(settings.log_level, log::Level::info);
    EXPECT_EQ(settings.cors_origins.size(), 2U);
}

TEST(Settings, AreForDevelopmentOnlyWhereThatIsSaid) {
    for (const std::string_view environment : {"production", "Dev", "DEV", "development", "staging", "dev "}) {
        const Settings settings =
            parse_or_fail({{"ENVIRONMENT", std::string(environment)}, {"JWT_SECRET_KEY", secret}});
        EXPECT_FALSE(settings.is_development) << environment;
    }
}

TEST(Settings, RefuseWhatIsOutOfBounds) {
    struct Case {
        std::string name;
        std::vector<std::string> bad;
        std::vector<std::string> good;
    };
    const std::vector<Case> cases{
        {"PORT", {"-1", "65536", "http", "80 80", "0x50", "1.5", "99999999999999999999"}, {"0", "65535", " 80 "}},
        {"ACCESS_TOKEN_EXPIRE_MINUTES", {"0", "-5", "525601", "one"}, {"1", "525600"}},
        {"REFRESH_TOKEN_EXPIRE_DAYS", {"0", "3651", "7d"}, {"1", "3650"}},
        {"MIN_BODY_RATE", {"-1", "1000001", "1k"}, {"0", "1000000"}},
        {"MAX_UPLOAD_SIZE_MB", {"0", "-1", "100001", "50MB"}, {"1", "100000"}},
        {"OCR_CONCURRENCY", {"0", "-1", "257", "all"}, {"1", "256"}},
        {"OCR_TIMEOUT_SECONDS", {"0", "86401", "5m"}, {"1", "86400"}},
        {"JOB_MAX_ATTEMPTS", {"0", "101", "many"}, {"1", "100"}},
        {"LOG_RETENTION_DAYS", {"-1", "36501", "week"}, {"0", "36500"}},
        {"QUOTA_STORAGE_MB", {"-1", "1000000001", "1 GB"}, {"0", "1000000000"}},
        {"QUOTA_DOCUMENTS", {"-1", "1.5"}, {"0", "1000000000"}},
        {"QUOTA_PAGES_PER_DAY", {"-1", "all"}, {"0", "1000000000"}},
        {"ACCEPT_LEGACY_REFRESH_TOKENS", {"maybe", "2", "ja"}, {"true", "FALSE", "1", "0", "Yes", "no", "on", "off"}},
        {"LOG_LEVEL", {"trace", "loud"}, {"debug", "INFO", "warning", "error"}},
        {"LOG_FORMAT", {"xml"}, {"text", "JSON"}},
        {"JWT_ALGORITHM", {"none", "RS256", "HS512", "hs256"}, {"HS256"}},
        {"CORS_ORIGINS", {"[", "[1]", R"(["a", 2])", R"(["a")"}, {"[]", R"(["http://a"])", "http://a, http://b"}},
        {"TRUSTED_PROXIES", {"[null]"}, {"10.0.0.1", "10.0.0.0/8 ::1"}},
        {"SUPPORTED_EXTENSIONS", {"[]", " ", ", ,", "[.pdf]"}, {".pdf", "pdf,txt", R"(["pdf"])"}},
        {"BLOB_STORAGE_TYPE", {"ftp", "folder"}, {"local", "LOCAL"}},
    };
    for (const Case& c : cases) {
        for (const std::string& value : c.bad) {
            const Faults faults = faults_of(development({{c.name, value}}));
            EXPECT_THAT(faults, ElementsAre(StartsWith(c.name + ": "))) << c.name << "=" << value;
        }
        for (const std::string& value : c.good) {
            EXPECT_THAT(faults_of(development({{c.name, value}})), IsEmpty()) << c.name << "=" << value;
        }
    }
}

TEST(Settings, SayWhatWouldBeRight) {
    EXPECT_THAT(faults_of(development({{"PORT", "http"}})),
                ElementsAre("PORT: 'http' is not a whole number from 0 to 65535"));
    EXPECT_THAT(faults_of(development({{"LOG_LEVEL", "loud"}})),
                ElementsAre("LOG_LEVEL: 'loud' is none of: debug, info, warning, error"));
    EXPECT_THAT(faults_of(development({{"ACCEPT_LEGACY_REFRESH_TOKENS", "maybe"}})),
                ElementsAre("ACCEPT_LEGACY_REFRESH_TOKENS: 'maybe' is neither true nor false"));
    EXPECT_THAT(faults_of(development({{"CORS_ORIGINS", "[a]"}})),
                ElementsAre(R"(CORS_ORIGINS: is not a JSON array of strings, as in ["a", "b"])"));
}

TEST(Settings, SplitListsAtCommasAndBlanks) {
    EXPECT_THAT(parse_or_fail(development({{"SUPPORTED_EXTENSIONS", " pdf,\t.TXT  .Csv,\n"}})).supported_extensions,
                ElementsAre(".pdf", ".txt", ".csv"));
}

TEST(Settings, RequireASecretInProduction) {
    EXPECT_THAT(faults_of({}), ElementsAre(StartsWith("JWT_SECRET_KEY: is required")));
    EXPECT_THAT(faults_of({{"ENVIRONMENT", "production"}}), ElementsAre(HasSubstr("openssl rand -base64 48")));
    EXPECT_THAT(faults_of({{"JWT_SECRET_KEY", secret}}), IsEmpty());
    EXPECT_EQ(parse_or_fail(development()).jwt_secret, "");
}

TEST(Settings, RequireNoSecretOfWhoSignsNoTokens) {
    EXPECT_TRUE(parse({{"ENVIRONMENT", "production"}}, TokenSecret::not_needed));
    EXPECT_FALSE(parse({{"JWT_SECRET_KEY", "short"}}, TokenSecret::not_needed)) << "a mistake all the same";
}

TEST(Settings, RefuseAShortSecretEverywhereWithoutTellingIt) {
    const std::string short_secret = "only-31-bytes-long-s3cr3t-secre";
    ASSERT_EQ(short_secret.size(), 31U);
    for (const Variables& variables :
         {Variables{{"JWT_SECRET_KEY", short_secret}}, development({{"JWT_SECRET_KEY", short_secret}})}) {
        const Faults faults = faults_of(variables);
        EXPECT_THAT(faults, ElementsAre("JWT_SECRET_KEY: has 31 bytes; at least 32 are needed"));
    }
}

TEST(Settings, OfTheTexts) {
    EXPECT_FALSE(parse_or_fail(development()).mongo);
    Variables variables =
        development({{"MONGO_HOST", "cluster.example.com"}, {"MONGO_USER", "us:er"}, {"MONGO_PASS", "p@ss/w%rd"}});
    const auto computed = parse_or_fail(variables).mongo.value();
    EXPECT_EQ(computed.uri,
              "mongodb://us%3Aer:p%40ss%2Fw%25rd@cluster.example.com:10260/"
              "?ssl=true&tlsInsecure=true&authMechanism=SCRAM-SHA-256&retrywrites=false&maxIdleTimeMS=120000"
              "&serverSelectionTimeoutMS=30000");
    EXPECT_EQ(computed.database, "sdmsdb");
    EXPECT_EQ(computed.collection, "ocr_results");

    variables.insert({{"MONGO_PORT", "27017"},
                      {"MONGO_TLS_INSECURE", "no"},
                      {"MONGO_DB_NAME", "docs"},
                      {"COSMOS_OCR_COLLECTION", "texts"}});
    variables["MONGO_HOST"] = "::1";
    const auto chosen = parse_or_fail(variables).mongo.value();
    EXPECT_THAT(chosen.uri, HasSubstr("@[::1]:27017/?ssl=true&tlsInsecure=false&"));
    EXPECT_EQ(chosen.database, "docs");
    EXPECT_EQ(chosen.collection, "texts");

    variables["MONGO_CONNECTION_STR"] = "mongodb://elsewhere/";
    EXPECT_EQ(parse_or_fail(variables).mongo.value().uri, "mongodb://elsewhere/");
}

TEST(Settings, RefuseAMongoThatCannotBe) {
    EXPECT_THAT(faults_of(development({{"MONGO_HOST", "h"}})),
                ElementsAre(StartsWith("MONGO_USER: is required"), StartsWith("MONGO_PASS: is required")));
    for (const std::string host : {"mongodb://h", "h:27017", "a,b", "user:s3cr3t@h", "h/db", "h ost"}) {
        const Faults faults = faults_of(development({{"MONGO_HOST", host}, {"MONGO_USER", "u"}, {"MONGO_PASS", "p"}}));
        EXPECT_THAT(faults, ElementsAre(StartsWith("MONGO_HOST: "))) << host;
        EXPECT_THAT(faults, ElementsAre(Not(HasSubstr("s3cr3t"))));
    }
    EXPECT_THAT(faults_of(development({{"MONGO_CONNECTION_STR", "mongodb://h/"},
                                       {"MONGO_DB_NAME", "a.b"},
                                       {"COSMOS_OCR_COLLECTION", "system.users"}})),
                ElementsAre(StartsWith("MONGO_DB_NAME: "), StartsWith("COSMOS_OCR_COLLECTION: ")));
}

TEST(Settings, OfTheDatabase) {
    const Settings embedded = parse_or_fail(development());
    EXPECT_FALSE(embedded.sql_server);
    EXPECT_THAT(embedded.sql_connection_string, IsEmpty());
    EXPECT_EQ(embedded.sql_connect_timeout, std::chrono::seconds{60});
    EXPECT_EQ(embedded.sql_max_retries, 3);
    EXPECT_EQ(embedded.sql_start_patience, std::chrono::seconds{90});  // A serverless database wakes up in a minute.
    EXPECT_EQ(embedded.sql_retry_delay_base, 2);
    EXPECT_EQ(embedded.sql_pool_size, 10U);
    EXPECT_EQ(embedded.sql_pool_recycle, std::chrono::seconds{1'800});

    Variables variables =
        development({{"SQL_SERVER", "h,1444"}, {"SQL_DB_NAME", "d"}, {"SQL_USER", "u"}, {"SQL_PASS", "s3cr3t"}});
    const auto server = parse_or_fail(variables).sql_server.value();
    EXPECT_EQ(server.server, "h,1444");
    EXPECT_EQ(server.driver, "ODBC Driver 18 for SQL Server");
    EXPECT_THAT(server.encryption, IsEmpty());
    EXPECT_TRUE(server.trusts_certificate);

    variables["SQL_CONNECTION_STRING"] = "Driver=FreeTDS;Server=h";
    EXPECT_FALSE(parse_or_fail(variables).sql_server);

    const Faults faults = faults_of(development({{"SQL_SERVER", "h"}, {"SQL_PASS", "s3cr3t"}, {"SQL_POOL_SIZE", "0"}}));
    EXPECT_THAT(faults, testing::UnorderedElementsAre(StartsWith("SQL_DB_NAME: "), StartsWith("SQL_USER: "),
                                                      StartsWith("SQL_POOL_SIZE: ")));
}

TEST(Settings, OfTheQueue) {
    const Settings embedded = parse_or_fail(development());
    EXPECT_THAT(embedded.message_broker_url, IsEmpty());
    EXPECT_FALSE(embedded.worker_port);
    const Settings distributed = parse_or_fail(
        development({{"MESSAGE_BROKER_URL", "amqp://guest:guest@localhost:5672/"}, {"WORKER_PORT", "8001"}}));
    EXPECT_EQ(distributed.message_broker_url, "amqp://guest:guest@localhost:5672/");
    EXPECT_EQ(distributed.worker_port, 8001);
    EXPECT_THAT(faults_of(development({{"WORKER_PORT", "many"}})), ElementsAre(StartsWith("WORKER_PORT: ")));
}

TEST(Settings, OfTlsAreBothOrNeither) {
    EXPECT_FALSE(parse(development({}))->tls);
    const auto settings = parse(development({{"TLS_CERT_FILE", "c.pem"}, {"TLS_KEY_FILE", "k.pem"}}));
    ASSERT_TRUE(settings && settings->tls);
    EXPECT_EQ(settings->tls->certificate, "c.pem");
    EXPECT_EQ(settings->tls->key, "k.pem");
    EXPECT_THAT(faults_of(development({{"TLS_CERT_FILE", "c.pem"}})), ElementsAre(StartsWith("TLS_KEY_FILE: ")));
    EXPECT_THAT(faults_of(development({{"TLS_KEY_FILE", "k.pem"}})), ElementsAre(StartsWith("TLS_CERT_FILE: ")));
}

TEST(Settings, NameAllFaultsTogether) {
    const Faults faults = faults_of({{"PORT", "x"},
                                     {"JWT_SECRET_KEY", "short"},
                                     {"MAX_UPLOAD_SIZE_MB", "0"},
                                     {"LOG_LEVEL", "loud"},
                                     {"SUPPORTED_EXTENSIONS", "[]"},
                                     {"MONGO_HOST", "localhost"},
                                     {"BLOB_STORAGE_TYPE", "ftp"}});
    EXPECT_THAT(faults, testing::UnorderedElementsAre(StartsWith("PORT: "), StartsWith("JWT_SECRET_KEY: "),
                                                      StartsWith("MAX_UPLOAD_SIZE_MB: "), StartsWith("LOG_LEVEL: "),
                                                      StartsWith("SUPPORTED_EXTENSIONS: "), StartsWith("MONGO_USER: "),
                                                      StartsWith("MONGO_PASS: "), StartsWith("BLOB_STORAGE_TYPE: ")));
}

}  // namespace
}  // namespace nassaq::settings
