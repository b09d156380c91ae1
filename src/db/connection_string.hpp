#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nassaq::db {

/// The ODBC drivers whose habits are known.
enum class OdbcDriver { microsoft, freetds, psqlodbc, unknown };

/// Told from a driver's name in a connection string ("ODBC Driver 18 for SQL Server"), or from the name of its library.
OdbcDriver known_driver(std::string_view name);

/// An ODBC connection string: `KEYWORD=value;…`, a value with special characters in braces, with `}` doubled there
/// (learn.microsoft.com, SQLDriverConnect, "Connection Strings"). Keywords are compared without case.
///
/// FreeTDS 1.3, which is that of Debian 12, ends a value in braces at `};` and takes `}}` for two characters. What is
/// added behind FreeTDS's name is written for it.
class ConnectionString {
public:
    /// @return the string's parts, or what is wrong with it, without a word of its values.
    static std::expected<ConnectionString, std::string> parse(std::string_view text);

    [[nodiscard]] std::optional<std::string_view> find(std::string_view keyword) const;
    /// Adds the pair at the end.
    ConnectionString& add(std::string_view keyword, std::string_view value);
    ConnectionString& add_if_absent(std::string_view keyword, std::string_view value);

    [[nodiscard]] OdbcDriver driver() const;
    [[nodiscard]] std::string to_string() const;

private:
    enum class Form {
        bare,
        braces,
        freetds_braces,  ///< `}` is not doubled.
    };
    struct Pair {
        std::string keyword;
        std::string value;
        Form form = Form::bare;
    };

    [[nodiscard]] const Pair* find_pair(std::string_view keyword) const;
    [[nodiscard]] Form form_of(std::string_view keyword, std::string_view value) const;

    std::vector<Pair> pairs_;
};

/// How the connection to SQL Server is encrypted (SQL_ENCRYPT).
enum class Encryption {
    off,
    request,  ///< When the server can.
    require,
    strict,  ///< TDS 8: TLS from the first byte.
};

/// Where SQL Server is, and who asks: the `SQL_*` variables.
struct SqlServerLogin {
    std::string server;  ///< A name or address, with `,port` or `:port` behind it when it is not 1433.
    std::string database;
    std::string user;
    std::string password;
    std::string driver;
    std::optional<Encryption> encryption;  ///< Nothing: `require`, on this machine `request`.
    bool trusts_certificate = true;
};

/// The string for `login.driver`: that of Microsoft's driver as the Python platform computes it, and that of FreeTDS,
/// which has other keywords and other forms of the address.
ConnectionString sql_server_connection_string(const SqlServerLogin& login);

/// The TCP port that the string leads to. Nothing when only its driver can tell: of a DSN, and of an instance with a
/// name, whose port the server tells.
std::optional<std::uint16_t> port_of(const ConnectionString& string);

/// Adds what Nassaq relies on of a known driver and the string does not say itself.
ConnectionString complete(ConnectionString string);

}  // namespace nassaq::db
