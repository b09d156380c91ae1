#include "db/connection_string.hpp"

#include <gtest/gtest.h>

#include <string>

namespace nassaq::db {
namespace {

constexpr const char* microsoft = "ODBC Driver 18 for SQL Server";

SqlServerLogin login() {
    return {.server = "db.example.com",
            .database = "sdms",
            .user = "app",
            .password = "secret",
            .driver = microsoft,
            .encryption = {}};
}

TEST(ConnectionStringOf, MicrosoftsDriver) {
    EXPECT_EQ(sql_server_connection_string(login()).to_string(),
              "Driver={ODBC Driver 18 for SQL Server};Server=db.example.com;Database=sdms;UID={app};PWD={secret};"
              "Encrypt=yes;TrustServerCertificate=yes;");
}

TEST(ConnectionStringOf, FreeTds) {
    SqlServerLogin freetds = login();
    freetds.driver = "FreeTDS";
    EXPECT_EQ(sql_server_connection_string(freetds).to_string(),
              "Driver={FreeTDS};Server=db.example.com;Port=1433;Database=sdms;UID={app};PWD={secret};"
              "Encryption=require;");
    const auto completed = complete(sql_server_connection_string(freetds));
    EXPECT_EQ(completed.find("TDS_Version"), "7.4");
    EXPECT_EQ(completed.find("ClientCharset"), "UTF-8");
}

TEST(ConnectionStringOf, TheFormsOfAnAddress) {
    const auto server_of = [](std::string server, std::string driver) {
        SqlServerLogin one = login();
        one.server = std::move(server);
        one.driver = std::move(driver);
        const auto parsed = sql_server_connection_string(one);
        return std::string(parsed.find("Server").value()) + " " + std::string(parsed.find("Port").value_or("-"));
    };
    EXPECT_EQ(server_of("h", microsoft), "h -");
    EXPECT_EQ(server_of("h,1444", microsoft), "h,1444 -");
    EXPECT_EQ(server_of("h:1444", microsoft), "h,1444 -");
    EXPECT_EQ(server_of("tcp:h.database.windows.net,1433", microsoft), "h.database.windows.net,1433 -");
    EXPECT_EQ(server_of("h", "FreeTDS"), "h 1433");
    EXPECT_EQ(server_of("h,1444", "FreeTDS"), "h 1444");
    EXPECT_EQ(server_of("h:1444", "FreeTDS"), "h 1444");
    EXPECT_EQ(server_of("tcp:h , 1444", "FreeTDS"), "h 1444");
    EXPECT_EQ(server_of("fe80::1", "FreeTDS"), "fe80::1 1433");
    EXPECT_EQ(server_of("h\\EXPRESS", "FreeTDS"), "h\\EXPRESS -");
}

TEST(ConnectionStringOf, EncryptionByTheServersAddress) {
    const auto encrypt_of = [](std::string server, std::optional<Encryption> encryption) {
        SqlServerLogin one = login();
        one.server = std::move(server);
        one.encryption = encryption;
        std::string both(sql_server_connection_string(one).find("Encrypt").value());
        one.driver = "FreeTDS";
        const auto freetds = sql_server_connection_string(one);
        return both.append(" ").append(freetds.find("Encryption").value());
    };
    EXPECT_EQ(encrypt_of("h", {}), "yes require");
    EXPECT_EQ(encrypt_of("localhost,1433", {}), "no request");
    EXPECT_EQ(encrypt_of("127.0.0.1", {}), "no request");
    EXPECT_EQ(encrypt_of("127.0.0.1", Encryption::require), "yes require");
    EXPECT_EQ(encrypt_of("h", Encryption::off), "no off");
    EXPECT_EQ(encrypt_of("h", Encryption::strict), "strict strict");
}

TEST(ConnectionStringOf, ACertificateCanBeChecked) {
    SqlServerLogin strict = login();
    strict.trusts_certificate = false;
    EXPECT_TRUE(sql_server_connection_string(strict).to_string().ends_with("TrustServerCertificate=no;"));
}

TEST(ConnectionStringOf, PasswordsMayHaveAnyCharacter) {
    for (const char* password : {"a;b", "{", "}", "}}", "};PWD=x", "a=b", " ", "كلمة", "{a}", "'\"", "a}b{c"}) {
        SqlServerLogin one = login();
        one.password = password;
        one.user = password;
        const auto parsed = ConnectionString::parse(sql_server_connection_string(one).to_string());
        ASSERT_TRUE(parsed) << password;
        EXPECT_EQ(parsed->find("PWD"), password);
        EXPECT_EQ(parsed->find("UID"), password);
        EXPECT_EQ(parsed->find("TrustServerCertificate"), "yes");
    }
    SqlServerLogin one = login();
    one.password = "a}b;";
    EXPECT_NE(sql_server_connection_string(one).to_string().find("PWD={a}}b;};"), std::string::npos);
}

TEST(ConnectionStringOf, PasswordsAreWrittenAsFreeTdsReadsThem) {
    const auto password = [](std::string text) {
        SqlServerLogin one = login();
        one.driver = "FreeTDS";
        one.password = std::move(text);
        const std::string string = sql_server_connection_string(one).to_string();
        return string.substr(string.find("PWD="), string.find(";Encryption") - string.find("PWD="));
    };
    EXPECT_EQ(password("plain"), "PWD={plain}");
    EXPECT_EQ(password("a;b"), "PWD={a;b}");
    EXPECT_EQ(password("a}b"), "PWD=a}b");
    EXPECT_EQ(password("a;}b"), "PWD={a;}b}");
}

TEST(ConnectionStringParse, KeepsWhatItIsGiven) {
    for (const char* text : {"Driver={ODBC Driver 18 for SQL Server};Server=h,1433;PWD={a}}b};",
                             "Driver=FreeTDS;Server=h;Port=1433;", "DSN=mine;", "Driver=x;Server={h,1};"}) {
        EXPECT_EQ(ConnectionString::parse(text).value().to_string(), text);
    }
    EXPECT_EQ(ConnectionString::parse(" ; Driver = x ;; Server={a b} ").value().to_string(), "Driver=x;Server={a b};");
    EXPECT_EQ(ConnectionString::parse("DRIVER={FreeTDS};server=h").value().find("Server"), "h");
}

TEST(ConnectionStringParse, SaysWhatIsWrongWithoutTheSecret) {
    for (const char* text : {"", " ; ", "Driver=x;hidden", "PWD={hidden", "PWD={hidden}hidden;"}) {
        const auto parsed = ConnectionString::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().find("hidden"), std::string::npos) << parsed.error();
    }
}

TEST(ConnectionStringComplete, AddsOnlyWhatIsNotThere) {
    const auto complete_of = [](std::string_view text) {
        return complete(ConnectionString::parse(text).value()).to_string();
    };
    EXPECT_EQ(complete_of("Driver=FreeTDS;ClientCharset=UTF-8;"),
              "Driver=FreeTDS;ClientCharset=UTF-8;TDS_Version=7.4;");
    EXPECT_TRUE(complete_of("Driver=PostgreSQL Unicode;Servername=h;").find("BoolsAsChar=0;") != std::string::npos);
    EXPECT_TRUE(complete_of("Driver={PostgreSQL ANSI};Protocol=7.4-1;").find("Protocol=7.4-0") == std::string::npos);
    EXPECT_EQ(complete_of("Driver=libmsodbcsql-18.so;"), "Driver=libmsodbcsql-18.so;ConnectRetryCount=0;APP=nassaq;");
    EXPECT_EQ(complete_of("DSN=mine;"), "DSN=mine;");
}

TEST(ConnectionStringComplete, PostgresMustTakeWrites) {
    const auto completed = complete(ConnectionString::parse("Driver=PostgreSQL Unicode;Servername=h;").value());
    EXPECT_NE(completed.find("pqopt").value().find("target_session_attrs=read-write"), std::string_view::npos);
}

TEST(ConnectionStringPort, IsThatOfTheServer) {
    const auto port = [](std::string_view text) { return port_of(ConnectionString::parse(text).value()); };
    EXPECT_EQ(port("Driver=PostgreSQL Unicode;Servername=h;Port=5433;"), 5433);
    EXPECT_EQ(port("Driver=PostgreSQL Unicode;Servername=h;"), 5432);
    EXPECT_EQ(port("Driver=ODBC Driver 18 for SQL Server;Server=tcp:h.database.windows.net,1434;"), 1434);
    EXPECT_EQ(port("Driver=ODBC Driver 18 for SQL Server;Server=h;"), 1433);
    EXPECT_EQ(port("Driver=FreeTDS;Server=h;Port=1444;"), 1444);
    EXPECT_EQ(port("Driver=FreeTDS;Server=h;"), 1433);
    EXPECT_EQ(port("Driver=ODBC Driver 18 for SQL Server;Server=h\\EXPRESS;"), std::nullopt);
    EXPECT_EQ(port("Driver=ODBC Driver 18 for SQL Server;Server=h\\EXPRESS,1500;"), 1500);
    EXPECT_EQ(port("Driver=FreeTDS;Server=h;Port=many;"), std::nullopt);
    EXPECT_EQ(port("Driver=FreeTDS;Server=h;Port=70000;"), std::nullopt);
    EXPECT_EQ(port("DSN=mine;"), std::nullopt);
}

}  // namespace
}  // namespace nassaq::db
