#include "app/certificates.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/text.hpp"
#include "db/connection_string.hpp"

namespace nassaq::app {
namespace {

using settings::Settings;

constexpr const char* sql_by_settings =
    "SQL_TRUST_SERVER_CERTIFICATE is yes: the certificate of SQL Server is not checked, so whoever stands between can "
    "read and change everything. Give the server a certificate that this machine trusts (Azure SQL has one), then set "
    "SQL_TRUST_SERVER_CERTIFICATE=no; that takes \"ODBC Driver 18 for SQL Server\"";
constexpr const char* sql_by_string =
    "SQL_CONNECTION_STRING says TrustServerCertificate=yes: the certificate of SQL Server is not checked, so whoever "
    "stands between can read and change everything. Give the server a certificate that this machine trusts (Azure SQL "
    "has one), then say TrustServerCertificate=no";
constexpr const char* mongo_by_settings =
    "MONGO_TLS_INSECURE is true: the certificate of MongoDB is not checked, so whoever stands between can read and "
    "change the texts. Give the server a certificate that this machine trusts (Azure Cosmos DB has one), then set "
    "MONGO_TLS_INSECURE=false; with MONGO_CONNECTION_STR take tlsInsecure out of it";

bool says_yes(std::string_view value) {
    constexpr std::array<std::string_view, 3> words{"yes", "true", "1"};
    return std::ranges::find(words, text::to_lower(value)) != words.end();
}

bool trusts_any_sql_certificate(const Settings& settings) {
    const auto parsed = db::ConnectionString::parse(settings.sql_connection_string);
    return parsed && says_yes(parsed->find("TrustServerCertificate").value_or(""));
}

/// The options that MongoDB's connection strings have for it; their names go without case.
bool trusts_any_mongo_certificate(std::string_view uri) {
    constexpr std::array<std::string_view, 3> options{"tlsinsecure=true", "tlsallowinvalidcertificates=true",
                                                      "sslallowinvalidcertificates=true"};
    const std::string lower = text::to_lower(uri.substr(std::min(uri.find('?'), uri.size())));
    return std::ranges::any_of(options,
                               [&](std::string_view option) { return lower.find(option) != std::string::npos; });
}

}  // namespace

std::vector<UncheckedCertificate> find_unchecked_certificates(const Settings& settings) {
    std::vector<UncheckedCertificate> found;
    if (settings.sql_server && settings.sql_server->trusts_certificate) {
        found.push_back({.part = "database", .advice = sql_by_settings});
    }
    if (!settings.sql_server && trusts_any_sql_certificate(settings)) {
        found.push_back({.part = "database", .advice = sql_by_string});
    }
    if (settings.mongo && trusts_any_mongo_certificate(settings.mongo->uri)) {
        found.push_back({.part = "texts", .advice = mongo_by_settings});
    }
    return found;
}

void warn_of_unchecked_certificates(const Settings& settings) {
    for (const UncheckedCertificate& unchecked : find_unchecked_certificates(settings)) {
        log::warning("a certificate is not checked", {{"part", unchecked.part}, {"advice", unchecked.advice}});
    }
}

}  // namespace nassaq::app
