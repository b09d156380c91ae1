#include "http/content_disposition.hpp"

#include <gtest/gtest.h>

namespace nassaq::http {
namespace {

struct FormCase {
    std::string_view value;
    std::string_view name;
    std::optional<std::string> filename;
};

class FormDispositionOf : public ::testing::TestWithParam<FormCase> {};

TEST_P(FormDispositionOf, Reads) {
    const FormCase& c = GetParam();
    const auto disposition = parse_form_disposition(c.value);
    ASSERT_TRUE(disposition) << c.value;
    EXPECT_EQ(disposition->name, c.name);
    EXPECT_EQ(disposition->filename, c.filename);
}

INSTANTIATE_TEST_SUITE_P(
    Table, FormDispositionOf,
    ::testing::Values(
        FormCase{"form-data; name=\"a\"", "a", std::nullopt}, FormCase{"form-data;name=a", "a", std::nullopt},
        FormCase{"FORM-DATA ; NAME = \"a b\" ;", "a b", std::nullopt},
        FormCase{R"(form-data; name="file"; filename="a.pdf")", "file", "a.pdf"},
        FormCase{R"(form-data; filename="a.pdf"; name="file")", "file", "a.pdf"},
        FormCase{R"(form-data; name="file"; filename="")", "file", ""},
        FormCase{R"(form-data; name="file"; filename="تقرير.pdf")", "file", "تقرير.pdf"},
        FormCase{R"(form-data; name="f"; filename="a\"b\\c.pdf")", "f", R"(a"b\c.pdf)"},
        FormCase{R"(form-data; name="f"; filename="C:\docs\a.pdf")", "f", R"(C:\docs\a.pdf)"},
        FormCase{R"(form-data; name="f"; filename="a%22b%0D%0Ac 100%25.pdf")", "f", "a\"b\r\nc 100%25.pdf"},
        FormCase{R"(form-data; name="f"; filename="%D8%B9%D9%82%D8%AF%20100%25.pdf")", "f", "عقد 100%.pdf"},
        FormCase{R"(form-data; name="f"; filename="%d8%b9%22.pdf")", "f", "ع\".pdf"},
        FormCase{R"(form-data; name="f"; filename="50%20off.pdf")", "f", "50%20off.pdf"},
        FormCase{R"(form-data; name="f"; filename="100%.pdf")", "f", "100%.pdf"},
        FormCase{R"(form-data; name="f"; filename="%E9t%E9.pdf")", "f", "%E9t%E9.pdf"},
        FormCase{R"(form-data; name="f"; filename="تقرير%20%D8%B9.pdf")", "f", "تقرير%20%D8%B9.pdf"},
        FormCase{R"(form-data; name="f"; filename="%D8%B9%00.pdf")", "f", "%D8%B9%00.pdf"},
        FormCase{R"(form-data; name="%D8%B9"; filename="x")", "%D8%B9", "x"},
        FormCase{R"(form-data; name="f"; filename="a;b=c.pdf")", "f", "a;b=c.pdf"},
        FormCase{R"(form-data; name="f"; filename=a.pdf)", "f", "a.pdf"},
        FormCase{R"(form-data; name="f"; filename="x"; filename*=UTF-8''%d8%b9.pdf)", "f", "ع.pdf"},
        FormCase{R"(form-data; name="f"; filename*=utf-8'ar'%D8%B9; filename="x")", "f", "ع"},
        FormCase{R"(form-data; name="f"; filename="x"; filename*=ISO-8859-1''%E9)", "f", "x"},
        FormCase{R"(form-data; name="f"; filename="x"; filename*=UTF-8''%FF)", "f", "x"},
        FormCase{R"(form-data; name="f"; filename="first"; filename="second")", "f", "first"}));

TEST(FormDispositionRefusal, OfWhatIsMalformed) {
    for (const std::string_view value :
         {"", "attachment; name=\"a\"", "form-data", "form-data; filename=\"a\"", "form-data; name=\"a",
          "form-data name=a", "form-data; =a", "form-data; name", "form-data; name=\"\xff\"",
          "form-data; name=a; filename=\"\xC0\xAF\"", "form-data; name=\"a\"x"}) {
        EXPECT_FALSE(parse_form_disposition(value)) << value;
    }
    EXPECT_FALSE(parse_form_disposition(std::string_view("form-data; name=\"a\0b\"", 22)));
}

TEST(MakeContentDisposition, SaysPlainNamesOnce) {
    EXPECT_EQ(make_content_disposition("a b.pdf", false), "attachment; filename=\"a b.pdf\"");
    EXPECT_EQ(make_content_disposition("a.pdf", true), "inline; filename=\"a.pdf\"");
}

TEST(MakeContentDisposition, SaysOtherNamesTwice) {
    EXPECT_EQ(make_content_disposition("عقد 1.pdf", false),
              "attachment; filename=\"___ 1.pdf\"; filename*=UTF-8''%D8%B9%D9%82%D8%AF%201.pdf");
    EXPECT_EQ(make_content_disposition("a\"b\\c%d.pdf", false),
              "attachment; filename=\"a_b_c_d.pdf\"; filename*=UTF-8''a%22b%5Cc%25d.pdf");
}

TEST(MakeContentDisposition, CannotBeMadeToEndTheField) {
    const std::string value = make_content_disposition("a\r\nSet-Cookie: x\0\x7f.pdf", false);
    EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos);
    EXPECT_EQ(value.find('\x7f'), std::string::npos);
}

TEST(MakeContentDisposition, IsReadBackAsItself) {
    for (const std::string_view name : {"a.pdf", "سلام عليكم.pdf", "it's 100% \"right\"; no\\yes.txt", "🙂.png"}) {
        const std::string made = make_content_disposition(name, false);
        const auto read = parse_form_disposition("form-data; name=x" + made.substr(made.find(';')));
        ASSERT_TRUE(read) << made;
        EXPECT_EQ(read->filename, name);
    }
}

}  // namespace
}  // namespace nassaq::http
