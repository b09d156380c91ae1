#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "settings/blob_settings.hpp"
#include "settings/env_file.hpp"
#include "settings/extraction_settings.hpp"
#include "settings/mongo_settings.hpp"

/// The configuration, parsed once into values that are known to be valid. Nothing else reads the environment.
namespace nassaq::settings {

/// SQL_SERVER and what belongs to it.
struct SqlServer {
    std::string server;
    std::string database;
    std::string user;
    std::string password;
    std::string driver;
    std::string encryption;  ///< off, request, require, strict; empty: as the server's address suggests.
    bool trusts_certificate = true;
};

/// TLS_CERT_FILE and TLS_KEY_FILE.
struct TlsFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

/// QUOTA_…: what a user may have where neither he nor his role has a quota of their own; 0 = no limit.
struct QuotaSettings {
    std::int64_t bytes = 0;
    std::int64_t documents = 0;
    std::int64_t pages_per_day = 0;
};

/// The variables are those of docs/architecture.md, "Settings", and `.env.example`.
struct Settings {
    bool is_development = false;  ///< ENVIRONMENT=dev
    std::string host;
    std::uint16_t port = 0;
    std::optional<TlsFiles> tls;           ///< `nassaq serve` speaks HTTPS; when it is not set, HTTP.
    std::filesystem::path data_directory;  ///< Absolute: extraction children work in folders of their own.

    std::optional<SqlServer> sql_server;
    std::string sql_connection_string;  ///< Instead of it; a secret. When neither is set, SQLite.
    std::chrono::seconds sql_connect_timeout{};
    int sql_max_retries = 0;
    int sql_retry_delay_base = 0;  ///< Seconds; the pauses between attempts are its powers.
    /// How long a database that is away is waited for at the start, whatever the number of retries says.
    std::chrono::seconds sql_start_patience{};
    std::size_t sql_pool_size = 0;
    std::chrono::seconds sql_pool_recycle{};

    std::optional<MongoSettings> mongo;  ///< When it is not set, texts are in the SQL database.

    /// Empty in development, where it is made once and kept in the data directory, and where it is not needed.
    std::string jwt_secret;
    std::chrono::minutes access_token_life{};
    std::chrono::hours refresh_token_life{};
    bool accepts_legacy_refresh_tokens = false;
    bool rotates_refresh_tokens = false;
    bool registration_is_open = true;    ///< Whether anybody may register an account.
    std::uint64_t login_rate_limit = 0;  ///< Log-ins a minute to one account; 0 = no limit.

    std::string home_folders;  ///< The path below which each person has a folder of their own; empty: nobody has.

    std::uint64_t max_upload_bytes = 0;
    std::vector<std::string> supported_extensions;  ///< Lower case, with the dot.
    std::vector<std::string> cors_origins;
    std::vector<std::string> trusted_proxies;
    std::size_t max_connections_per_address = 0;  ///< 0 = no limit.
    std::uint64_t min_body_rate = 0;              ///< Bytes a second that an upload brings at least; 0 = any.
    std::size_t response_memory_bytes = 0;        ///< Of all answers that are being sent.
    std::chrono::seconds stop_grace{};            ///< For requests in flight, when the server stops.
    std::chrono::seconds search_timeout{};        ///< Its waiting included.
    std::size_t searches_per_user = 0;            ///< At once.

    std::string message_broker_url;  ///< A secret; empty: the embedded queue.
    BlobSettings blobs;

    std::string ocr_queue_name;
    ExtractionSettings extraction;
    unsigned ocr_concurrency = 1;
    int job_max_attempts = 0;
    std::optional<std::uint16_t> worker_port;  ///< Where `nassaq worker` answers health checks; nowhere when not set.

    std::chrono::days trash_retention{30};  ///< How long what is deleted stays in the trash; 0 = it goes at once.
    std::chrono::days log_retention{};      ///< How long rows of Logs are kept; 0 = for ever.
    QuotaSettings quotas;

    log::Level log_level = log::Level::info;
    log::Format log_format = log::Format::text;
};

/// Every fault of a configuration at once, each naming its variable and never a secret's value.
using Faults = std::vector<std::string>;

/// Whether the settings are of no use without the secret that signs tokens.
enum class TokenSecret { needed, not_needed };

/// @param variables  the environment over the `.env` file.
std::expected<Settings, Faults> parse(const Variables& variables, TokenSecret token_secret = TokenSecret::needed);

/// The variables of this process's environment and of `env_file`, the former winning.
/// @param is_required  whether a missing file is a fault (when it was named on the command line).
std::expected<Variables, Faults> collect_variables(const std::filesystem::path& env_file, bool is_required);

}  // namespace nassaq::settings
