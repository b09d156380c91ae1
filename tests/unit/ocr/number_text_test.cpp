#include "ocr/number_text.hpp"

#include <gtest/gtest.h>

namespace nassaq::ocr {
namespace {

TEST(FormatOfCode, TellsDatesFromNumbers) {
    for (const char* code : {"yyyy-mm-dd", "yyyy\\-mm\\-dd\\ hh:mm", "d/m/yy", "[$-401]d mmmm yyyy", "[h]:mm:ss",
                             "mm:ss.0", "h:mm AM/PM", "DD.MM.YYYY"}) {
        EXPECT_EQ(format_of_code(code), CellFormat::date) << code;
    }
    for (const char* code : {"General", "0", "#,##0.00", "0.00E+00", "# ?/?", "@", "", "\"days\" 0", "0.00\\ \\d",
                             "[Red]-0.00", "[$SAR] #,##0", "_-* #,##0_-"}) {
        EXPECT_EQ(format_of_code(code), CellFormat::number) << code;
    }
    for (const char* code : {"0%", "0.00%", "0%;[Red]-0%"})
        EXPECT_EQ(format_of_code(code), CellFormat::percentage) << code;
}

TEST(FormatOfCode, SurvivesWhatDoesNotEnd) {
    for (const char* code : {"\"open", "[open", "\\", "_", "[", "\"", ";;;", "[]"}) format_of_code(code);
}

TEST(NumberText, IsAsAPersonWouldTypeIt) {
    EXPECT_EQ(number_text("12", CellFormat::number, false), "12");
    EXPECT_EQ(number_text("4525.5", CellFormat::number, false), "4525.5");
    EXPECT_EQ(number_text("0.10000000000000001", CellFormat::number, false), "0.1");
    EXPECT_EQ(number_text("-3.0000000000000004", CellFormat::number, false), "-3");
    EXPECT_EQ(number_text("123456789012345", CellFormat::number, false), "123456789012345");
    EXPECT_EQ(number_text("0.15", CellFormat::percentage, false), "15%");
}

TEST(NumberText, CountsDaysAsSheetsDo) {
    EXPECT_EQ(number_text("45536", CellFormat::date, false), "2024-09-01");
    EXPECT_EQ(number_text("45536.5625", CellFormat::date, false), "2024-09-01 13:30");
    EXPECT_EQ(number_text("45536.999988425926", CellFormat::date, false), "2024-09-01 23:59:59");
    EXPECT_EQ(number_text("0.5", CellFormat::date, false), "12:00");
    EXPECT_EQ(number_text("1", CellFormat::date, false), "1900-01-01");
    EXPECT_EQ(number_text("59", CellFormat::date, false), "1900-02-28");
    EXPECT_EQ(number_text("61", CellFormat::date, false), "1900-03-01");
    EXPECT_EQ(number_text("44074", CellFormat::date, true), "2024-09-01");
    EXPECT_EQ(number_text("0", CellFormat::date, true), "1904-01-01");
}

TEST(NumberText, LeavesWhatIsNoDateOrNumber) {
    EXPECT_EQ(number_text("-1", CellFormat::date, false), "-1");
    EXPECT_EQ(number_text("1e300", CellFormat::date, false), "1e+300");
    for (const char* text : {"", "x", "12x", "nan", "inf", "1e999"}) {
        EXPECT_EQ(number_text(text, CellFormat::date, false), text);
    }
}

}  // namespace
}  // namespace nassaq::ocr
