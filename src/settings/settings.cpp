#include "settings/settings.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <optional>
#include <system_error>
#include <thread>
#include <type_traits>

#include "base/file.hpp"
#include "base/path_name.hpp"
#include "base/text.hpp"
#include "settings/flag.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX has it declared by the program.

namespace nassaq::settings {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t least_secret_bytes = 32;

/// Reads variables one by one and gathers what is wrong with them.
class Reader {
public:
    explicit Reader(const Variables& variables) : variables_(variables) {}

    /// An empty variable counts as one that is not set, as docker and systemd leave them.
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const {
        const auto found = variables_.find(name);
        return found == variables_.end() || found->second.empty() ? std::nullopt : std::optional(found->second);
    }

    [[nodiscard]] std::string text(std::string_view name, std::string_view fallback) const {
        return find(name).value_or(std::string(fallback));
    }

    template <class Number>
    Number number(std::string_view name, Number fallback, std::type_identity_t<Number> least,
                  std::type_identity_t<Number> most) {
        const auto value = find(name);
        if (!value) {
            return fallback;
        }
        const auto parsed = text::parse_integer(text::trim(*value));
        if (!parsed || std::cmp_less(*parsed, least) || std::cmp_greater(*parsed, most)) {
            fault(name, fmt::format("'{}' is not a whole number from {} to {}", *value, least, most));
            return fallback;
        }
        return static_cast<Number>(*parsed);
    }

    bool flag(std::string_view name, bool fallback) {
        const auto value = find(name);
        if (!value) {
            return fallback;
        }
        const auto parsed = parse_flag(*value);
        if (!parsed) {
            fault(name, fmt::format("'{}' is neither true nor false", *value));
        }
        return parsed.value_or(false);
    }

    template <class Choice>
    Choice choice(std::string_view name, Choice fallback,
                  std::initializer_list<std::pair<std::string_view, Choice>> choices) {
        const auto value = find(name);
        if (!value) {
            return fallback;
        }
        std::string known;
        for (const auto& [text, choice] : choices) {
            if (text::to_lower(*value) == text) {
                return choice;
            }
            known += (known.empty() ? "" : ", ") + std::string(text);
        }
        fault(name, fmt::format("'{}' is none of: {}", *value, known));
        return fallback;
    }

    /// A JSON array of strings, or words between commas or blanks. @return nothing when it is neither.
    std::optional<Words> list(std::string_view name, std::string_view fallback) {
        const std::string value = text(name, fallback);
        if (!value.starts_with('[')) {
            return split(value);
        }
        boost::system::error_code error;
        const boost::json::value json = boost::json::parse(value, error);
        Words items;
        if (!error && json.is_array()) {
            for (const boost::json::value& item : json.get_array()) {
                if (item.is_string()) {
                    items.emplace_back(item.get_string());
                }
            }
        }
        if (error || !json.is_array() || items.size() != json.get_array().size()) {
            fault(name, R"(is not a JSON array of strings, as in ["a", "b"])");
            return std::nullopt;
        }
        return items;
    }

    void fault(std::string_view name, std::string_view what) { faults_.push_back(fmt::format("{}: {}", name, what)); }
    [[nodiscard]] const Faults& faults() const { return faults_; }
    [[nodiscard]] Faults& faults() { return faults_; }

private:
    static Words split(std::string_view text) {
        constexpr std::string_view separators = ", \t\n";
        Words items;
        for (std::size_t begin = text.find_first_not_of(separators); begin != std::string_view::npos;) {
            const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
            items.emplace_back(text.substr(begin, end - begin));
            begin = text.find_first_not_of(separators, end);
        }
        return items;
    }

    const Variables& variables_;
    Faults faults_;
};

void check_secret(const Settings& settings, TokenSecret token_secret, Reader& reader) {
    if (settings.jwt_secret.empty()) {
        if (!settings.is_development && token_secret == TokenSecret::needed) {
            reader.fault("JWT_SECRET_KEY", fmt::format("is required unless ENVIRONMENT is dev; at least {} bytes, as "
                                                       "made by: openssl rand -base64 48",
                                                       least_secret_bytes));
        }
    } else if (settings.jwt_secret.size() < least_secret_bytes) {
        reader.fault("JWT_SECRET_KEY", fmt::format("has {} bytes; at least {} are needed", settings.jwt_secret.size(),
                                                   least_secret_bytes));
    }
}

std::optional<SqlServer> sql_server(Reader& reader) {
    const auto server = reader.find("SQL_SERVER");
    if (!server) {
        return std::nullopt;
    }
    for (const std::string_view name : {"SQL_DB_NAME", "SQL_USER", "SQL_PASS"}) {
        if (!reader.find(name)) {
            reader.fault(name, "is required with SQL_SERVER");
        }
    }
    using Name = std::string_view;
    const Name encryption = reader.choice<Name>(
        "SQL_ENCRYPT", "", {{"require", "require"}, {"request", "request"}, {"strict", "strict"}, {"off", "off"}});
    return SqlServer{.server = *server,
                     .database = reader.text("SQL_DB_NAME", ""),
                     .user = reader.text("SQL_USER", ""),
                     .password = reader.text("SQL_PASS", ""),
                     .driver = reader.text("SQL_DRIVER", "ODBC Driver 18 for SQL Server"),
                     .encryption = std::string(encryption),
                     .trusts_certificate = reader.flag("SQL_TRUST_SERVER_CERTIFICATE", true)};
}

std::optional<TlsFiles> tls_files(Reader& reader) {
    const auto certificate = reader.find("TLS_CERT_FILE");
    const auto key = reader.find("TLS_KEY_FILE");
    if (certificate && !key) {
        reader.fault("TLS_KEY_FILE", "is required with TLS_CERT_FILE");
    }
    if (key && !certificate) {
        reader.fault("TLS_CERT_FILE", "is required with TLS_KEY_FILE");
    }
    if (!certificate || !key) {
        return std::nullopt;
    }
    return TlsFiles{.certificate = *certificate, .key = *key};
}

void read_database(Reader& reader, Settings& settings) {
    settings.sql_connection_string = reader.text("SQL_CONNECTION_STRING", "");
    if (settings.sql_connection_string.empty()) {
        settings.sql_server = sql_server(reader);
    }
    settings.sql_connect_timeout = std::chrono::seconds(reader.number("SQL_CONNECT_TIMEOUT", 60, 1, 600));
    settings.sql_max_retries = reader.number("SQL_MAX_RETRIES", 3, 0, 20);
    settings.sql_retry_delay_base = reader.number("SQL_RETRY_DELAY_BASE", 2, 1, 60);
    settings.sql_start_patience = std::chrono::seconds(reader.number("SQL_START_PATIENCE", 90, 0, 3'600));
    settings.sql_pool_size = reader.number<std::size_t>("SQL_POOL_SIZE", 10, 1, 1'000);
    settings.sql_pool_recycle = std::chrono::seconds(reader.number("SQL_POOL_RECYCLE", 1'800, 0, 86'400));
}

void require_no_fault(Reader& reader, std::string_view name, const std::string& fault) {
    if (!fault.empty()) {
        reader.fault(name, fault);
    }
}

std::string mongo_uri(Reader& reader, const std::string& host) {
    require_no_fault(reader, "MONGO_HOST", fault_of_mongo_host(host));
    for (const std::string_view name : {"MONGO_USER", "MONGO_PASS"}) {
        if (!reader.find(name)) {
            reader.fault(name, "is required with MONGO_HOST");
        }
    }
    return uri_of({.host = host,
                   .port = reader.number<std::uint16_t>("MONGO_PORT", 10'260, 1, 65'535),
                   .user = reader.text("MONGO_USER", ""),
                   .password = reader.text("MONGO_PASS", ""),
                   .trusts_any_certificate = reader.flag("MONGO_TLS_INSECURE", true)});
}

std::optional<MongoSettings> mongo(Reader& reader) {
    const auto whole_uri = reader.find("MONGO_CONNECTION_STR");
    const auto host = reader.find("MONGO_HOST");
    if (!whole_uri && !host) {
        return std::nullopt;
    }
    MongoSettings settings{.uri = whole_uri ? *whole_uri : mongo_uri(reader, *host),
                           .database = reader.text("MONGO_DB_NAME", "sdmsdb"),
                           .collection = reader.text("COSMOS_OCR_COLLECTION", "ocr_results")};
    require_no_fault(reader, "MONGO_DB_NAME", fault_of_mongo_database(settings.database));
    require_no_fault(reader, "COSMOS_OCR_COLLECTION", fault_of_mongo_collection(settings.collection));
    return settings;
}

Words extensions(Reader& reader) {
    constexpr std::string_view name = "SUPPORTED_EXTENSIONS";
    auto list = reader.list(name, ".pdf .jpg .jpeg .png .tif .tiff .bmp .heif .heic .docx .xlsx .pptx .doc .txt .csv");
    if (!list) {
        return {};
    }
    for (std::string& extension : *list) {
        extension = text::to_lower(extension);
        if (!extension.starts_with('.')) {
            extension.insert(0, ".");
        }
    }
    if (list->empty()) {
        reader.fault(name, "names no extension");
    }
    return std::move(*list);
}

/// In order as paths are, and short enough for people's names behind it and for what they make below.
std::string home_folders(Reader& reader) {
    constexpr std::string_view name = "HOME_FOLDERS";
    constexpr std::size_t most_units = 300;
    std::string path = reader.text(name, "");
    if (path.empty()) {
        return path;
    }
    if (!text::is_valid_utf8(path)) {
        reader.fault(name, "is not UTF-8");
    } else if (const auto fault = text::tidy_new_path(path)) {
        reader.fault(name, fmt::format("'{}' cannot be a path: {}", path, *fault));
    } else if (path == text::root_path) {
        reader.fault(name, "is the root, where everybody is: name a folder, as in home");
    } else if (text::count_utf16_units(path) > most_units) {
        reader.fault(name, fmt::format("'{}' has more than {} characters", path, most_units));
    }
    return path;
}

}  // namespace

std::expected<Settings, Faults> parse(const Variables& variables, TokenSecret token_secret) {
    Reader reader(variables);
    Settings settings;
    settings.is_development = reader.text("ENVIRONMENT", "production") == "dev";
    settings.host = reader.text("HOST", "0.0.0.0");
    settings.port = reader.number<std::uint16_t>("PORT", 8000, 0, 65535);
    settings.tls = tls_files(reader);
    settings.data_directory = std::filesystem::absolute(reader.text("DATA_DIR", "data"));
    read_database(reader, settings);
    settings.mongo = mongo(reader);

    settings.jwt_secret = reader.text("JWT_SECRET_KEY", "");
    check_secret(settings, token_secret, reader);
    settings.access_token_life = std::chrono::minutes(reader.number("ACCESS_TOKEN_EXPIRE_MINUTES", 1, 1, 525'600));
    settings.refresh_token_life = std::chrono::days(reader.number("REFRESH_TOKEN_EXPIRE_DAYS", 7, 1, 3'650));
    settings.accepts_legacy_refresh_tokens = reader.flag("ACCEPT_LEGACY_REFRESH_TOKENS", false);
    settings.rotates_refresh_tokens = reader.flag("REFRESH_TOKEN_ROTATION", false);
    settings.registration_is_open = reader.choice("REGISTRATION", true, {{"open", true}, {"closed", false}});
    settings.login_rate_limit = reader.number<std::uint64_t>("LOGIN_RATE_LIMIT", 10, 0, 1'000'000);
    if (reader.text("JWT_ALGORITHM", "HS256") != "HS256") {
        reader.fault("JWT_ALGORITHM", "only HS256 is supported");
    }

    settings.home_folders = home_folders(reader);
    constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
    settings.max_upload_bytes = reader.number<std::uint64_t>("MAX_UPLOAD_SIZE_MB", 50, 1, 100'000) * mebibyte;
    settings.supported_extensions = extensions(reader);
    settings.cors_origins =
        reader.list("CORS_ORIGINS", R"(["http://localhost:8080","http://127.0.0.1:8080"])").value_or(Words());
    settings.trusted_proxies = reader.list("TRUSTED_PROXIES", "").value_or(Words());
    settings.max_connections_per_address =
        reader.number<std::size_t>("MAX_CONNECTIONS_PER_ADDRESS", 2'000, 0, 1'000'000);
    settings.min_body_rate = reader.number<std::uint64_t>("MIN_BODY_RATE", 1'024, 0, 1'000'000);
    settings.response_memory_bytes =
        reader.number<std::size_t>("RESPONSE_MEMORY_MB", 128, 16, 1'000'000) * std::size_t{mebibyte};
    settings.stop_grace = std::chrono::seconds(reader.number("STOP_GRACE_SECONDS", 30, 0, 3'600));

    settings.search_timeout = std::chrono::seconds(reader.number("SEARCH_TIMEOUT_SECONDS", 10, 1, 600));
    settings.searches_per_user = reader.number<std::size_t>("SEARCHES_PER_USER", 2, 1, 64);

    settings.blobs = read_blob_settings(variables, reader.faults());

    settings.message_broker_url = reader.text("MESSAGE_BROKER_URL", "");
    settings.ocr_queue_name = reader.text("OCR_QUEUE_NAME", "ocr_queue");
    settings.extraction = read_extraction_settings(variables, reader.faults());
    settings.ocr_concurrency =
        reader.number("OCR_CONCURRENCY", std::max(1U, std::thread::hardware_concurrency()), 1U, 256U);
    settings.job_max_attempts = reader.number("JOB_MAX_ATTEMPTS", 5, 1, 100);
    if (reader.find("WORKER_PORT")) {
        settings.worker_port = reader.number<std::uint16_t>("WORKER_PORT", 0, 0, 65535);
    }

    settings.trash_retention = std::chrono::days(reader.number("TRASH_DAYS", 30, 0, 36'500));
    settings.log_retention = std::chrono::days(reader.number("LOG_RETENTION_DAYS", 0, 0, 36'500));
    settings.quotas = {.bytes = reader.number<std::int64_t>("QUOTA_STORAGE_MB", 0, 0, 1'000'000'000) *
                                static_cast<std::int64_t>(mebibyte),
                       .documents = reader.number<std::int64_t>("QUOTA_DOCUMENTS", 0, 0, 1'000'000'000),
                       .pages_per_day = reader.number<std::int64_t>("QUOTA_PAGES_PER_DAY", 0, 0, 1'000'000'000)};

    settings.log_level = reader.choice("LOG_LEVEL", log::Level::info,
                                       {{"debug", log::Level::debug},
                                        {"info", log::Level::info},
                                        {"warning", log::Level::warning},
                                        {"error", log::Level::error}});
    settings.log_format =
        reader.choice("LOG_FORMAT", ::isatty(STDERR_FILENO) == 1 ? log::Format::text : log::Format::json,
                      {{"text", log::Format::text}, {"json", log::Format::json}});
    if (!reader.faults().empty()) {
        return std::unexpected(reader.faults());
    }
    return settings;
}

std::expected<Variables, Faults> collect_variables(const std::filesystem::path& env_file, bool is_required) {
    Variables variables;
    try {
        auto parsed = parse_env_file(file::read_small(env_file));
        if (!parsed) {
            return std::unexpected(Faults{env_file.string() + ", " + parsed.error()});
        }
        variables = std::move(*parsed);
    } catch (const std::system_error& error) {
        if (is_required || error.code() != std::errc::no_such_file_or_directory) {
            return std::unexpected(Faults{error.what()});
        }
    }
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view pair = *entry;
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos) {
            variables.insert_or_assign(std::string(pair.substr(0, equals)), std::string(pair.substr(equals + 1)));
        }
    }
    return variables;
}

}  // namespace nassaq::settings
