#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace nassaq::roles {

struct RoleResponse {
    std::int64_t role_id = 0;
    std::string role_name;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(RoleResponse, (), (role_id, role_name, description))

}  // namespace nassaq::roles
