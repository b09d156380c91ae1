#pragma once

#include <cstdint>
#include <string>

namespace nassaq::settings {

/// MONGO_HOST and what belongs to it.
struct MongoServer {
    std::string host;  ///< A name or an address; of IPv6 without brackets.
    std::uint16_t port = 0;
    std::string user;
    std::string password;
    bool trusts_any_certificate = true;
};

/// Where texts are kept when that is not the SQL database.
struct MongoSettings {
    std::string uri;  ///< A secret: it holds the password.
    std::string database;
    std::string collection;
};

/// The connection string that the platform makes of these (platform.md, 2).
std::string uri_of(const MongoServer& server);

/// What is wrong with it, as the end of a sentence that begins with the variable's name; empty when nothing is.
std::string fault_of_mongo_host(const std::string& host);
/// https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
std::string fault_of_mongo_database(const std::string& name);
std::string fault_of_mongo_collection(const std::string& name);

}  // namespace nassaq::settings
