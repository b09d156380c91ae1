#pragma once

#include <string>
#include <string_view>

#include "db/session.hpp"

/// User names for accounts that were registered without one.
namespace nassaq::auth {

/// "john_example" for john@example.com, cut to the longest that a user name may be.
std::string username_from_email(std::string_view email);

/// The first of "name", "name1", "name2" … that nobody has, cut so that the number fits.
std::string free_username(db::Session& session, const std::string& wanted);

}  // namespace nassaq::auth
