#pragma once

#include <array>
#include <boost/describe.hpp>
#include <cstdint>

#include "schema/rule.hpp"

namespace nassaq::handover {

/// To whom.
struct HandOver {
    std::int64_t user_id = 0;
};
BOOST_DESCRIBE_STRUCT(HandOver, (), (user_id))

/// How far the hand-over of all that somebody has is.
struct HandOverState {
    std::int64_t from_user_id = 0;
    std::int64_t to_user_id = 0;
    std::int64_t documents_left = 0;  ///< Those in the trash are not counted.
};
BOOST_DESCRIBE_STRUCT(HandOverState, (), (from_user_id, to_user_id, documents_left))

}  // namespace nassaq::handover

namespace nassaq::schema {

template <>
inline constexpr bool forbids_extra_fields<handover::HandOver> = true;

template <>
inline constexpr auto rules<handover::HandOver> = std::to_array<Rule>({
    {.field = "user_id", .description = "An active user", .example = "8"},
});

template <>
inline constexpr auto rules<handover::HandOverState> = std::to_array<Rule>({
    {.field = "from_user_id", .example = "7"},
    {.field = "to_user_id", .example = "8"},
    {.field = "documents_left", .description = "Of their documents, without those in the trash", .example = "340"},
});

}  // namespace nassaq::schema
