// An ODBC driver for the tests: psqlODBC, but for what it is told to fail at. unixODBC loads it by its path
// (`Driver=/…/psqlodbc_failing.so`). It is linked with psqlODBC, so that unixODBC finds there whatever is not here.
//
// Three keywords of the connection string are its own:
//   FailingScript=FILE    what is to fail. The file may be replaced at any time; all counts begin anew then.
//   AnswersAs=SQL Server  says so when asked for the product, and takes the T-SQL that a connection itself sends.
//   Translator=SOCKET     asks a process there what to send to PostgreSQL in the place of each statement. A question is
//   a
//                         line with a letter for each parameter (i integer, r real, b bit, t text, l text of any
//                         length) and the statement behind it; the answer is a statement, or a complaint that begins
//                         with "!".
//
// A line of the script is a rule, its fields separated by tabs:
//   POINT TEXT SKIP TIMES DEED [STATE NATIVE MESSAGE] …
// The calls of a POINT (connect, begin, commit, rollback, execute; any) whose statement has TEXT in it meet it, but for
// the first SKIP, and for TIMES calls (0: for all); TEXT is looked for in all statements of a transaction that ends.
// The first rule that is met is carried out, and FILE.met gets a line.
//   fail          nothing is done; the call fails with the diagnostics, and the connection lives on
//   lose          nothing is done, and the connection is gone
//   lose-answer   it is done, and the connection is gone
//   hang          nothing is done, and there is no answer until somebody ends the connection's socket
//   hang-answer   it is done, and as before
//   slow          nothing is done, and there is no answer until the statement's time is up
//   cut           nothing is done; the connection's socket is ended first, so that psqlODBC itself fails
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <poll.h>
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// -- psqlODBC

void* psqlodbc() {
    static void* const library = dlopen(NASSAQ_PSQLODBC, RTLD_LAZY);
    if (library == nullptr) {
        std::abort();
    }
    return library;
}

/// Its function of the same type and that name.
template <class Function>
Function* real(Function* /*ours*/, const char* name) {
    return reinterpret_cast<Function*>(dlsym(psqlodbc(), name));
}

// -- Text

std::string narrow(const SQLWCHAR* text, SQLINTEGER length) {
    std::string narrow;
    for (SQLINTEGER i = 0; length == SQL_NTS ? text[i] != 0 : i < length; ++i) {
        narrow += text[i] < 128 ? static_cast<char>(text[i]) : '?';
    }
    return narrow;
}

std::vector<SQLWCHAR> widen(std::string_view text) {
    std::vector<SQLWCHAR> wide;
    for (const char c : text) {
        wide.push_back(static_cast<unsigned char>(c));
    }
    wide.push_back(0);
    return wide;
}

std::string keyword(const std::string& connection_string, const std::string& name) {
    const std::size_t begin = connection_string.find(name + "=");
    if (begin == std::string::npos) {
        return {};
    }
    std::string value = connection_string.substr(begin + name.size() + 1);
    value = value.substr(0, value.find(value.starts_with('{') ? '}' : ';'));
    return value.starts_with('{') ? value.substr(1) : value;
}

// -- The script

struct Diagnostic {
    std::string state;
    SQLINTEGER native = 0;
    std::string message;
};
using Diagnostics = std::vector<Diagnostic>;

struct Rule {
    std::string point;
    std::string text;
    int skip = 0;
    int times = 0;
    std::string deed;
    Diagnostics diagnostics;
    int met = 0;

    bool is_met(std::string_view where, std::string_view statement) {
        const bool fits = (point == where || point == "any") && statement.find(text) != std::string_view::npos;
        return fits && ++met > skip && (times == 0 || met <= skip + times);
    }
};

std::optional<Rule> parse_rule(const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');) {
        fields.push_back(field);
    }
    constexpr std::size_t of_a_diagnostic = 3;
    constexpr std::size_t before_diagnostics = 5;
    if (fields.size() < before_diagnostics) {
        return std::nullopt;
    }
    Rule rule{.point = fields[0],
              .text = fields[1],
              .skip = std::stoi(fields[2]),
              .times = std::stoi(fields[3]),
              .deed = fields[4]};
    for (std::size_t i = before_diagnostics; i + of_a_diagnostic <= fields.size(); i += of_a_diagnostic) {
        rule.diagnostics.push_back({.state = fields[i], .native = std::stoi(fields[i + 1]), .message = fields[i + 2]});
    }
    return rule;
}

class Script {
public:
    /// What is to happen to a call, if anything.
    std::optional<Rule> meet(const std::string& file, std::string_view point, std::string_view statement) {
        const std::scoped_lock lock(mutex_);
        read(file);
        for (Rule& rule : rules_) {
            if (rule.is_met(point, statement)) {
                std::ofstream(file + ".met", std::ios::app) << rule.deed << '\t' << point << '\t' << rule.text << '\n';
                return rule;
            }
        }
        return std::nullopt;
    }

private:
    /// What tells a file from the one that was there before. Its inode alone does not: a new file may be given that of
    /// one that has been deleted, also of another test's.
    using Version = std::tuple<std::string, ino_t, time_t, long>;

    static Version version_of(const std::string& file) {
        struct stat status {};
        ::stat(file.c_str(), &status);  // All zeros where there is none.
        return {file, status.st_ino, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
    }

    void read(const std::string& file) {
        Version version = version_of(file);
        if (version == version_) {
            return;
        }
        version_ = std::move(version);
        rules_.clear();
        std::ifstream stream(file);
        for (std::string line; std::getline(stream, line);) {
            if (auto rule = parse_rule(line)) {
                rules_.push_back(std::move(*rule));
            }
        }
    }

    std::mutex mutex_;
    Version version_;
    std::vector<Rule> rules_;
};

// -- Connections and statements

struct Connection {
    std::string script;
    std::string translator;
    bool is_sql_server = false;
    int socket = -1;
    std::string transaction;  ///< The statements since it began.
    std::atomic<bool> is_dead = false;
    std::atomic<SQLULEN> login_timeout = 0;
};

struct Statement {
    std::shared_ptr<Connection> connection;
    std::string text;
    std::map<SQLUSMALLINT, char> parameters;  ///< What has been bound, in the letters of a translator.
    std::string asked_for;                    ///< Those for which the translator has last been asked.
    bool is_prepared = false;
    SQLULEN timeout = 0;
};

/// What is known of psqlODBC's handles. A handle is used by one thread at a time.
class Handles {
public:
    std::shared_ptr<Connection> connection(SQLHDBC handle) {
        const std::scoped_lock lock(mutex_);
        auto& connection = connections_[handle];
        if (!connection) {
            connection = std::make_shared<Connection>();
        }
        return connection;
    }
    std::shared_ptr<Statement> statement(SQLHSTMT handle) {
        const std::scoped_lock lock(mutex_);
        return statements_.at(handle);
    }
    void add_statement(SQLHSTMT handle, std::shared_ptr<Connection> connection) {
        const std::scoped_lock lock(mutex_);
        statements_[handle] = std::make_shared<Statement>(Statement{.connection = std::move(connection)});
    }
    void forget(SQLHANDLE handle) {
        const std::scoped_lock lock(mutex_);
        connections_.erase(handle);
        statements_.erase(handle);
        diagnostics_.erase(handle);
    }
    void set_diagnostics(SQLHANDLE handle, Diagnostics diagnostics) {
        const std::scoped_lock lock(mutex_);
        diagnostics_[handle] = std::move(diagnostics);
    }
    void clear_diagnostics(SQLHANDLE handle) {
        const std::scoped_lock lock(mutex_);
        diagnostics_.erase(handle);
    }
    std::optional<Diagnostics> diagnostics(SQLHANDLE handle) {
        const std::scoped_lock lock(mutex_);
        const auto found = diagnostics_.find(handle);
        return found == diagnostics_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::mutex mutex_;
    std::map<SQLHANDLE, std::shared_ptr<Connection>> connections_;
    std::map<SQLHANDLE, std::shared_ptr<Statement>> statements_;
    std::map<SQLHANDLE, Diagnostics> diagnostics_;
};

Script& script() {
    static Script instance;
    return instance;
}

Handles& handles() {
    static Handles instance;
    return instance;
}

// -- The socket of a connection

std::uint16_t peer_port(int fd) {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    const bool is_connected = ::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    return is_connected && address.sin_family == AF_INET ? ntohs(address.sin_port) : 0;
}

std::map<ino_t, int> sockets_to(std::uint16_t port) {
    std::map<ino_t, int> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
        const int fd = std::stoi(entry.path().filename().string());
        struct stat status {};
        if (peer_port(fd) == port && ::fstat(fd, &status) == 0) {
            found[status.st_ino] = fd;
        }
    }
    return found;
}

bool is_ended(int socket) {
    pollfd polled{.fd = socket, .events = POLLRDHUP, .revents = 0};
    return ::poll(&polled, 1, 0) > 0 && (polled.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

/// @return false when the time came first; 0 is without a limit.
bool wait_for_end(const Connection& connection, SQLULEN limit_seconds) {
    constexpr std::chrono::milliseconds look_interval{20};
    const auto end = Clock::now() + std::chrono::seconds(limit_seconds);
    while (!is_ended(connection.socket)) {
        if (limit_seconds > 0 && Clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(look_interval);
    }
    return true;
}

// -- Failing

SQLRETURN refuse(SQLHANDLE handle, Diagnostics diagnostics) {
    handles().set_diagnostics(handle, std::move(diagnostics));
    return SQL_ERROR;
}

Diagnostics lost() {
    return {{.state = "08S01", .native = 0, .message = "Communication link failure"}};
}

Diagnostics out_of_time() {
    return {{.state = "HYT00", .native = 0, .message = "Timeout expired"}};
}

/// Makes the call, unless the script has something else to say.
template <class Call>
SQLRETURN attempt(SQLHANDLE handle, Connection& connection, std::string_view point, std::string_view statement,
                  SQLULEN timeout, Call call) {
    handles().clear_diagnostics(handle);
    if (connection.is_dead) {
        return refuse(handle, lost());
    }
    const auto rule = script().meet(connection.script, point, statement);
    if (!rule) {
        return call();
    }
    if (rule->deed == "fail") {
        return refuse(handle, rule->diagnostics);
    }
    if (rule->deed == "cut") {
        ::shutdown(connection.socket, SHUT_RDWR);
        return call();
    }
    if (rule->deed == "slow") {
        return refuse(handle, wait_for_end(connection, timeout) ? lost() : out_of_time());
    }
    if (rule->deed.ends_with("-answer")) {
        call();
    }
    if (rule->deed.starts_with("hang")) {
        wait_for_end(connection, 0);
    }
    connection.is_dead = true;
    return refuse(handle, rule->diagnostics.empty() ? lost() : rule->diagnostics);
}

/// As attempt(), of what no rule is about.
template <class Call>
SQLRETURN unless_dead(SQLHANDLE handle, const Connection& connection, Call call) {
    handles().clear_diagnostics(handle);
    return connection.is_dead ? refuse(handle, lost()) : call();
}

// -- T-SQL

std::string in_postgres_words(const std::string& statement) {
    if (statement.starts_with("IF @@TRANCOUNT")) {
        return "ROLLBACK";
    }
    return statement.starts_with("SET ") && statement.ends_with(" ON") ? "SELECT 1" : statement;
}

char letter_of(SQLSMALLINT sql_type) {
    switch (sql_type) {
        case SQL_WLONGVARCHAR:
            return 'l';
        case SQL_BIGINT:
            return 'i';
        case SQL_DOUBLE:
            return 'r';
        case SQL_BIT:
            return 'b';
        default:
            return 't';
    }
}

/// What the process at a Unix socket answers to a question.
std::string answer_of(const std::string& path, std::string_view question) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy_n(path.c_str(), std::min(path.size() + 1, sizeof address.sun_path - 1), address.sun_path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::string answer = "!the translator does not answer";
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        ::send(fd, question.data(), question.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(question.size())) {
        ::shutdown(fd, SHUT_WR);
        answer.clear();
        std::array<char, 4096> piece{};
        for (ssize_t size = 0; (size = ::read(fd, piece.data(), piece.size())) > 0;) {
            answer.append(piece.data(), static_cast<std::size_t>(size));
        }
    }
    ::close(fd);
    return answer;
}

/// Calls `call(text)` with what the statement is for PostgreSQL.
template <class Call>
SQLRETURN translated(SQLHSTMT handle, const Connection& connection, const std::string& letters,
                     const std::string& statement, Call call) {
    const std::string answer = answer_of(connection.translator, letters + '\n' + statement);
    if (answer.starts_with('!')) {
        return refuse(handle, {{.state = "HY000", .native = 0, .message = answer}});
    }
    return call(answer);
}

/// A statement is prepared when its parameters are known, for they are part of the question.
SQLRETURN prepare_translated(SQLHSTMT handle, Statement& statement) {
    std::string letters;
    for (const auto& [position, letter] : statement.parameters) {
        letters += letter;
    }
    if (statement.is_prepared && letters == statement.asked_for) {
        return SQL_SUCCESS;
    }
    return translated(handle, *statement.connection, letters, statement.text, [&](const std::string& answer) {
        statement.asked_for = letters;
        if (std::exchange(statement.is_prepared, true)) {
            return SQLRETURN{SQL_SUCCESS};
        }
        auto wide = widen(answer);
        return real(&SQLPrepareW, "SQLPrepareW")(handle, wide.data(), SQL_NTS);
    });
}

std::string_view point_of(std::string_view statement) {
    if (statement.starts_with("BEGIN")) {
        return "begin";
    }
    if (statement.starts_with("COMMIT")) {
        return "commit";
    }
    return statement.starts_with("IF @@TRANCOUNT") ? "rollback" : "execute";
}

SQLRETURN connect_and_find_socket(Connection& connection, std::uint16_t port, const std::function<SQLRETURN()>& call) {
    static std::mutex one_at_a_time;
    const std::scoped_lock lock(one_at_a_time);
    const auto before = sockets_to(port);
    const SQLRETURN result = call();
    for (const auto& [inode, fd] : sockets_to(port)) {
        if (!before.contains(inode)) {
            connection.socket = fd;
        }
    }
    return result;
}

template <class Call>
SQLRETURN set_connection_attribute(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value, Call call) {
    const auto connection = handles().connection(handle);
    if (attribute == SQL_ATTR_LOGIN_TIMEOUT) {
        connection->login_timeout = reinterpret_cast<SQLULEN>(value);
    }
    if (attribute == SQL_ATTR_AUTOCOMMIT && value == reinterpret_cast<SQLPOINTER>(SQL_AUTOCOMMIT_OFF)) {
        connection->transaction.clear();
        return attempt(handle, *connection, "begin", "", 0, call);
    }
    return unless_dead(handle, *connection, call);
}

bool tells_of_death(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value) {
    const bool is_dead = attribute == SQL_ATTR_CONNECTION_DEAD && handles().connection(handle)->is_dead;
    if (is_dead) {
        *static_cast<SQLUINTEGER*>(value) = SQL_CD_TRUE;
    }
    return is_dead;
}

void note_time_limit(SQLHSTMT handle, SQLINTEGER attribute, SQLPOINTER value) {
    if (attribute == SQL_ATTR_QUERY_TIMEOUT) {
        handles().statement(handle)->timeout = reinterpret_cast<SQLULEN>(value);
    }
}

}  // namespace

// -- What unixODBC calls: of functions for either encoding it takes one or the other. The names and types are those of
// sql.h, sqlext.h and sqlucode.h.

extern "C" {

SQLRETURN SQL_API SQLAllocHandle(SQLSMALLINT type, SQLHANDLE parent, SQLHANDLE* handle) {
    const SQLRETURN result = real(&SQLAllocHandle, "SQLAllocHandle")(type, parent, handle);
    if (SQL_SUCCEEDED(result) && type == SQL_HANDLE_STMT) {
        handles().add_statement(*handle, handles().connection(parent));
    }
    return result;
}

SQLRETURN SQL_API SQLFreeHandle(SQLSMALLINT type, SQLHANDLE handle) {
    handles().forget(handle);
    return real(&SQLFreeHandle, "SQLFreeHandle")(type, handle);
}

SQLRETURN SQL_API SQLDriverConnectW(SQLHDBC handle, SQLHWND window, SQLWCHAR* string, SQLSMALLINT length, SQLWCHAR* out,
                                    SQLSMALLINT out_size, SQLSMALLINT* out_length, SQLUSMALLINT completion) {
    const auto connection = handles().connection(handle);
    const std::string text = narrow(string, length);
    connection->script = keyword(text, "FailingScript");
    connection->translator = keyword(text, "Translator");
    connection->is_sql_server = keyword(text, "AnswersAs") == "SQL Server";
    handles().clear_diagnostics(handle);
    if (const auto rule = script().meet(connection->script, "connect", "")) {
        if (rule->deed == "fail") {
            return refuse(handle, rule->diagnostics);
        }
        std::this_thread::sleep_for(std::chrono::seconds(connection->login_timeout));
        return refuse(handle, out_of_time());
    }
    return connect_and_find_socket(*connection, static_cast<std::uint16_t>(std::stoi(keyword(text, "Port"))), [&] {
        return real(&SQLDriverConnectW, "SQLDriverConnectW")(handle, window, string, length, out, out_size, out_length,
                                                             completion);
    });
}

SQLRETURN SQL_API SQLSetConnectAttrW(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length) {
    return set_connection_attribute(handle, attribute, value, [&] {
        return real(&SQLSetConnectAttrW, "SQLSetConnectAttrW")(handle, attribute, value, length);
    });
}

SQLRETURN SQL_API SQLSetConnectAttr(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length) {
    return set_connection_attribute(handle, attribute, value, [&] {
        return real(&SQLSetConnectAttr, "SQLSetConnectAttr")(handle, attribute, value, length);
    });
}

SQLRETURN SQL_API SQLGetConnectAttrW(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size,
                                     SQLINTEGER* length) {
    return tells_of_death(handle, attribute, value)
               ? SQL_SUCCESS
               : real(&SQLGetConnectAttrW, "SQLGetConnectAttrW")(handle, attribute, value, size, length);
}

SQLRETURN SQL_API SQLGetConnectAttr(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER size,
                                    SQLINTEGER* length) {
    return tells_of_death(handle, attribute, value)
               ? SQL_SUCCESS
               : real(&SQLGetConnectAttr, "SQLGetConnectAttr")(handle, attribute, value, size, length);
}

SQLRETURN SQL_API SQLGetInfoW(SQLHDBC handle, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT size,
                              SQLSMALLINT* length) {
    if (type == SQL_DBMS_NAME && handles().connection(handle)->is_sql_server) {
        const auto name = widen("Microsoft SQL Server");
        const std::size_t bytes = name.size() * sizeof(SQLWCHAR);
        std::copy_n(reinterpret_cast<const char*>(name.data()), std::min(bytes, static_cast<std::size_t>(size)),
                    static_cast<char*>(value));
        if (length != nullptr) {
            *length = static_cast<SQLSMALLINT>(bytes - sizeof(SQLWCHAR));
        }
        return SQL_SUCCESS;
    }
    return real(&SQLGetInfoW, "SQLGetInfoW")(handle, type, value, size, length);
}

SQLRETURN SQL_API SQLEndTran(SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT how) {
    const auto connection = handles().connection(handle);
    return attempt(handle, *connection, how == SQL_COMMIT ? "commit" : "rollback", connection->transaction, 0,
                   [&] { return real(&SQLEndTran, "SQLEndTran")(type, handle, how); });
}

SQLRETURN SQL_API SQLSetStmtAttrW(SQLHSTMT handle, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length) {
    note_time_limit(handle, attribute, value);
    return real(&SQLSetStmtAttrW, "SQLSetStmtAttrW")(handle, attribute, value, length);
}

SQLRETURN SQL_API SQLSetStmtAttr(SQLHSTMT handle, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length) {
    note_time_limit(handle, attribute, value);
    return real(&SQLSetStmtAttr, "SQLSetStmtAttr")(handle, attribute, value, length);
}

SQLRETURN SQL_API SQLPrepareW(SQLHSTMT handle, SQLWCHAR* text, SQLINTEGER length) {
    const auto statement = handles().statement(handle);
    statement->text = narrow(text, length);
    statement->is_prepared = false;
    if (!statement->connection->translator.empty()) {
        return SQL_SUCCESS;
    }
    return unless_dead(handle, *statement->connection,
                       [&] { return real(&SQLPrepareW, "SQLPrepareW")(handle, text, length); });
}

SQLRETURN SQL_API SQLBindParameter(SQLHSTMT handle, SQLUSMALLINT position, SQLSMALLINT direction, SQLSMALLINT c_type,
                                   SQLSMALLINT sql_type, SQLULEN size, SQLSMALLINT digits, SQLPOINTER value,
                                   SQLLEN value_size, SQLLEN* length) {
    handles().statement(handle)->parameters[position] = letter_of(sql_type);
    return real(&SQLBindParameter, "SQLBindParameter")(handle, position, direction, c_type, sql_type, size, digits,
                                                       value, value_size, length);
}

SQLRETURN SQL_API SQLExecute(SQLHSTMT handle) {
    const auto statement = handles().statement(handle);
    statement->connection->transaction += statement->text + '\n';
    if (!statement->connection->translator.empty()) {
        if (const SQLRETURN result = prepare_translated(handle, *statement); !SQL_SUCCEEDED(result)) {
            return result;
        }
    }
    return attempt(handle, *statement->connection, "execute", statement->text, statement->timeout,
                   [&] { return real(&SQLExecute, "SQLExecute")(handle); });
}

SQLRETURN SQL_API SQLExecDirectW(SQLHSTMT handle, SQLWCHAR* text, SQLINTEGER length) {
    const auto statement = handles().statement(handle);
    Connection& connection = *statement->connection;
    const std::string narrow_text = narrow(text, length);
    const std::string_view point = point_of(narrow_text);
    if (point == "begin") {
        connection.transaction.clear();
    }
    const std::string whole = point == "execute" ? narrow_text : connection.transaction;
    return attempt(handle, connection, point, whole, statement->timeout, [&] {
        const auto function = real(&SQLExecDirectW, "SQLExecDirectW");
        if (!connection.is_sql_server) {
            return function(handle, text, length);
        }
        auto wide = widen(in_postgres_words(narrow_text));
        if (connection.translator.empty() || point != "execute") {
            return function(handle, wide.data(), SQL_NTS);
        }
        return translated(handle, connection, "", narrow_text, [&](const std::string& answer) {
            wide = widen(answer);
            return function(handle, wide.data(), SQL_NTS);
        });
    });
}

SQLRETURN SQL_API SQLFetch(SQLHSTMT handle) {
    return unless_dead(handle, *handles().statement(handle)->connection,
                       [&] { return real(&SQLFetch, "SQLFetch")(handle); });
}

SQLRETURN SQL_API SQLMoreResults(SQLHSTMT handle) {
    return unless_dead(handle, *handles().statement(handle)->connection,
                       [&] { return real(&SQLMoreResults, "SQLMoreResults")(handle); });
}

SQLRETURN SQL_API SQLGetDiagRecW(SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT record, SQLWCHAR* state,
                                 SQLINTEGER* native, SQLWCHAR* message, SQLSMALLINT size, SQLSMALLINT* length) {
    const auto ours = handles().diagnostics(handle);
    if (!ours) {
        return real(&SQLGetDiagRecW, "SQLGetDiagRecW")(type, handle, record, state, native, message, size, length);
    }
    if (record < 1 || std::cmp_greater(record, ours->size())) {
        return SQL_NO_DATA;
    }
    const Diagnostic& diagnostic = (*ours)[static_cast<std::size_t>(record) - 1];
    std::ranges::copy(widen(diagnostic.state), state);
    *native = diagnostic.native;
    const auto text = widen(diagnostic.message);
    if (message != nullptr && size > 0) {
        const std::size_t count = std::min(text.size(), static_cast<std::size_t>(size));
        std::copy_n(text.begin(), count, message);
        message[count - 1] = 0;
    }
    if (length != nullptr) {
        *length = static_cast<SQLSMALLINT>(text.size() - 1);
    }
    return SQL_SUCCESS;
}

SQLRETURN SQL_API SQLGetDiagFieldW(SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT record, SQLSMALLINT field,
                                   SQLPOINTER value, SQLSMALLINT size, SQLSMALLINT* length) {
    if (handles().diagnostics(handle)) {
        return SQL_NO_DATA;
    }
    return real(&SQLGetDiagFieldW, "SQLGetDiagFieldW")(type, handle, record, field, value, size, length);
}

}  // extern "C"
