#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "access/rights.hpp"
#include "db/dialect.hpp"
#include "db/session.hpp"

/// The SQL of what the rights are made of: Role_Actions, Individual_Permissions, User_Groups and what belongs to them.
namespace nassaq::access {

/// Counted up by the database with each change that may change what anybody may do, whoever makes it.
struct Version {
    std::int64_t entries = 0;  ///< Permissions, groups and their members, and what roles may do.
    std::int64_t folders = 0;  ///< Which there are, and what they are called.

    friend bool operator==(const Version&, const Version&) = default;
};
BOOST_DESCRIBE_STRUCT(Version, (), (entries, folders))

/// The columns of a Version, for a statement that joins Access_Version as `v`, which has one row.
std::string version_columns(db::Dialect dialect);
/// In one statement, so that it is of one moment.
Rights read_rights(db::Session& session, const Person& person);
/// Which documents they may read; the folders are read when that is asked for the first time.
std::shared_ptr<const Reach> reach_of(db::Session& session, const Rights& rights);

}  // namespace nassaq::access
