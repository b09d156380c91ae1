#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "schema/rule.hpp"

namespace nassaq::roles {

struct RoleResponse {
    std::int64_t role_id = 0;
    std::string role_name;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(RoleResponse, (), (role_id, role_name, description))

}  // namespace nassaq::roles

namespace nassaq::schema {

template <>
inline constexpr auto rules<roles::RoleResponse> = std::to_array<Rule>({
    {.field = "role_id", .example = "1"},
    {.field = "role_name", .example = R"("User")"},
    {.field = "description", .example = R"("Uploads and reads own documents")"},
});

}  // namespace nassaq::schema
