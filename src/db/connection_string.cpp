#include "db/connection_string.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nassaq::db {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view default_port = "1433";

struct Address {
    std::string host;
    std::string port;
};

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return text::to_lower(a) == text::to_lower(b);
}

/// Those that could be taken for something else, and what people choose freely.
bool needs_braces(std::string_view keyword, std::string_view value) {
    return value.find_first_of("[]{}();?*=!@ ") != std::string_view::npos || equals_ignoring_case(keyword, "Driver") ||
           equals_ignoring_case(keyword, "UID") || equals_ignoring_case(keyword, "PWD");
}

std::string in_braces(std::string_view value) {
    std::string quoted = "{";
    for (const char character : value) {
        quoted += character;
        if (character == '}') {
            quoted += '}';
        }
    }
    return quoted + "}";
}

/// Reads a value in braces that begins at `position`, and moves it behind. @return nothing without a closing brace.
std::optional<std::string> read_braced(std::string_view text, std::size_t& position) {
    std::string value;
    for (++position; position < text.size(); ++position) {
        if (text[position] == '}') {
            ++position;
            if (position == text.size() || text[position] != '}') {
                return value;
            }
        }
        value += text[position];
    }
    return std::nullopt;
}

/// The forms that people write: `host`, `host,port`, `host:port`, and Azure's `tcp:host,port`.
Address parse_address(std::string_view server) {
    if (server.starts_with("tcp:")) {
        server.remove_prefix(4);
    }
    const std::size_t comma = server.find(',');
    const std::size_t colon = server.rfind(':');
    const bool is_ipv6 = colon != server.find(':');
    const std::size_t end = comma != std::string_view::npos || is_ipv6 ? comma : colon;
    if (end == std::string_view::npos) {
        return {.host = std::string(text::trim(server)), .port = {}};
    }
    return {.host = std::string(text::trim(server.substr(0, end))),
            .port = std::string(text::trim(server.substr(end + 1)))};
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || host == "." || host == "(local)" || host.starts_with("127.");
}

std::string_view encrypt_of_microsoft(Encryption encryption) {
    switch (encryption) {
        case Encryption::off:
        case Encryption::request:
            return "no";  // A server that insists encrypts all the same.
        case Encryption::require:
            return "yes";
        case Encryption::strict:
            return "strict";
    }
    return "yes";
}

std::string_view encryption_of_freetds(Encryption encryption) {
    switch (encryption) {
        case Encryption::off:
            return "off";
        case Encryption::request:
            return "request";
        case Encryption::require:
            return "require";
        case Encryption::strict:
            return "strict";
    }
    return "require";
}

}  // namespace

OdbcDriver known_driver(std::string_view name) {
    const std::string lower = text::to_lower(name);
    const auto names = [&](std::string_view part) { return lower.find(part) != std::string::npos; };
    if (names("freetds") || names("tdsodbc")) {
        return OdbcDriver::freetds;
    }
    if (names("psqlodbc") || names("postgresql")) {
        return OdbcDriver::psqlodbc;
    }
    if (names("for sql server") || names("msodbcsql")) {
        return OdbcDriver::microsoft;
    }
    return OdbcDriver::unknown;
}

std::expected<ConnectionString, std::string> ConnectionString::parse(std::string_view text) {
    ConnectionString string;
    std::size_t position = 0;
    while ((position = text.find_first_not_of(";" + std::string(blanks), position)) != std::string_view::npos) {
        const std::size_t equals = text.find('=', position);
        if (equals == std::string_view::npos) {
            return std::unexpected("a part of it is not KEYWORD=value");
        }
        const std::string keyword{text::trim(text.substr(position, equals - position))};
        position = std::min(text.find_first_not_of(blanks, equals + 1), text.size());
        if (position < text.size() && text[position] == '{') {
            auto value = read_braced(text, position);
            if (!value) {
                return std::unexpected("the value of " + keyword + " begins with { and has no closing }");
            }
            string.pairs_.push_back({.keyword = keyword, .value = std::move(*value), .form = Form::braces});
            position = text.find_first_not_of(blanks, position);
            if (position != std::string_view::npos && text[position] != ';') {
                return std::unexpected("after the closing } of " + keyword + " comes something else than ;");
            }
        } else {
            const std::size_t end = std::min(text.find(';', position), text.size());
            const std::string_view value = text::trim(text.substr(position, end - position));
            string.pairs_.push_back({.keyword = keyword, .value = std::string(value), .form = Form::bare});
            position = end;
        }
    }
    if (string.pairs_.empty()) {
        return std::unexpected("it has no KEYWORD=value");
    }
    return string;
}

const ConnectionString::Pair* ConnectionString::find_pair(std::string_view keyword) const {
    const auto found =
        std::ranges::find_if(pairs_, [&](const Pair& pair) { return equals_ignoring_case(pair.keyword, keyword); });
    return found == pairs_.end() ? nullptr : &*found;
}

std::optional<std::string_view> ConnectionString::find(std::string_view keyword) const {
    const Pair* pair = find_pair(keyword);
    return pair == nullptr ? std::nullopt : std::optional<std::string_view>(pair->value);
}

ConnectionString& ConnectionString::add(std::string_view keyword, std::string_view value) {
    pairs_.push_back({.keyword = std::string(keyword), .value = std::string(value), .form = form_of(keyword, value)});
    return *this;
}

ConnectionString::Form ConnectionString::form_of(std::string_view keyword, std::string_view value) const {
    if (!needs_braces(keyword, value)) {
        return Form::bare;
    }
    if (driver() != OdbcDriver::freetds || value.find('}') == std::string_view::npos) {
        return Form::braces;
    }
    // Bare, every version of it takes a value as it is up to the semicolon.
    const bool can_be_bare = value.find(';') == std::string_view::npos && !value.starts_with('{') &&
                             !value.starts_with(' ') && !value.ends_with(' ');
    return can_be_bare ? Form::bare : Form::freetds_braces;
}

ConnectionString& ConnectionString::add_if_absent(std::string_view keyword, std::string_view value) {
    return find_pair(keyword) != nullptr ? *this : add(keyword, value);
}

OdbcDriver ConnectionString::driver() const {
    return known_driver(find("Driver").value_or(""));
}

std::string ConnectionString::to_string() const {
    std::string text;
    for (const Pair& pair : pairs_) {
        text += pair.keyword + "=";
        switch (pair.form) {
            case Form::bare:
                text += pair.value;
                break;
            case Form::braces:
                text += in_braces(pair.value);
                break;
            case Form::freetds_braces:
                text += "{" + pair.value + "}";
                break;
        }
        text += ";";
    }
    return text;
}

ConnectionString sql_server_connection_string(const SqlServerLogin& login) {
    const Address address = parse_address(login.server);
    const Encryption encryption =
        login.encryption.value_or(is_loopback(address.host) ? Encryption::request : Encryption::require);
    ConnectionString string;
    string.add("Driver", login.driver);
    if (known_driver(login.driver) == OdbcDriver::freetds) {
        string.add("Server", address.host);
        const bool is_named_instance = address.host.find('\\') != std::string::npos;
        if (!is_named_instance || !address.port.empty()) {
            string.add("Port", address.port.empty() ? default_port : std::string_view(address.port));
        }
        string.add("Database", login.database).add("UID", login.user).add("PWD", login.password);
        return string.add("Encryption", encryption_of_freetds(encryption));
    }
    string.add("Server", address.port.empty() ? address.host : address.host + "," + address.port);
    string.add("Database", login.database).add("UID", login.user).add("PWD", login.password);
    string.add("Encrypt", encrypt_of_microsoft(encryption));
    return string.add("TrustServerCertificate", login.trusts_certificate ? "yes" : "no");
}

std::optional<std::uint16_t> port_of(const ConnectionString& string) {
    std::string port;
    if (string.driver() == OdbcDriver::psqlodbc) {
        port = string.find("Port").value_or("5432");
    } else if (const auto server = string.find("Server")) {
        const Address address = parse_address(*server);
        const bool is_named_instance = address.host.find('\\') != std::string::npos;
        const std::string_view unsaid = is_named_instance ? "" : default_port;
        port = address.port.empty() ? string.find("Port").value_or(unsaid) : address.port;
    }
    const auto number = text::parse_integer(port);
    constexpr int last_port = 65'535;
    return number && *number > 0 && *number <= last_port ? std::optional(static_cast<std::uint16_t>(*number))
                                                         : std::nullopt;
}

ConnectionString complete(ConnectionString string) {
    switch (string.driver()) {
        case OdbcDriver::freetds:
            // Without the character set Arabic becomes something else, and nobody is told.
            string.add_if_absent("TDS_Version", "7.4").add_if_absent("ClientCharset", "UTF-8");
            break;
        case OdbcDriver::psqlodbc:
            string.add_if_absent("BoolsAsChar", "0")
                .add_if_absent("UseServerSidePrepare", "1")
                .add_if_absent("LFConversion", "0")
                .add_if_absent("Protocol", "7.4-0")  // No savepoint for each statement: who fails rolls back.
                .add_if_absent("pqopt",
                               "keepalives_idle=10 keepalives_interval=5 keepalives_count=3 "
                               "tcp_user_timeout=30000 application_name=nassaq "
                               "target_session_attrs=read-write");  // No standby, and no former primary.
            break;
        case OdbcDriver::microsoft:
            // It would reconnect by itself and lose the session's settings; the pool does it better.
            string.add_if_absent("ConnectRetryCount", "0").add_if_absent("APP", "nassaq");
            break;
        case OdbcDriver::unknown:
            break;
    }
    return string;
}

}  // namespace nassaq::db
