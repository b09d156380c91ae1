#include "http/message.hpp"

#include <gtest/gtest.h>

namespace nassaq::http {
namespace {

std::string media_type_of_field(std::string_view value) {
    Headers headers;
    headers.add("Content-Type", value);
    return media_type_of(headers);
}

TEST(MediaType, IsWhatStandsBeforeTheParameters) {
    EXPECT_EQ(media_type_of_field("application/json"), "application/json");
    EXPECT_EQ(media_type_of_field(" Text/HTML ;charset=UTF-8"), "text/html");
    EXPECT_EQ(media_type_of_field("multipart/form-data; boundary=x"), "multipart/form-data");
    EXPECT_EQ(media_type_of_field("; charset=utf-8"), "");
    EXPECT_EQ(media_type_of_field(""), "");
    EXPECT_EQ(media_type_of({}), "");
}

}  // namespace
}  // namespace nassaq::http
