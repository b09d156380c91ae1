#include "settings/extraction_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nassaq::settings {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ExtractionSettings, HaveTheDefaultsOfTheLimits) {
    std::vector<std::string> faults;
    const auto settings = read_extraction_settings({}, faults);
    EXPECT_THAT(faults, IsEmpty());
    EXPECT_EQ(settings.languages, "ara+eng");
    EXPECT_EQ(settings.timeout, std::chrono::minutes{15});
    EXPECT_EQ(settings.limits.address_space_bytes, std::int64_t{1} << 30);
    EXPECT_EQ(settings.limits.step_cpu_seconds, 20);
    EXPECT_EQ(settings.limits.step_wall_seconds, 30);
    EXPECT_EQ(settings.limits.page_cpu_seconds, 60);
    EXPECT_EQ(settings.limits.page_wall_seconds, 90);
    EXPECT_EQ(settings.limits.file_size_bytes, 256 << 20);
    EXPECT_EQ(settings.limits.folder_bytes, std::int64_t{1} << 30);
    EXPECT_EQ(settings.limits.open_files, 64);
    EXPECT_EQ(settings.limits.image_pixels, 100'000'000);
    EXPECT_EQ(settings.limits.image_side, 20'000);
    EXPECT_EQ(settings.limits.raster_side, 10'000);
    EXPECT_EQ(settings.limits.text_pages, 2'000);
    EXPECT_EQ(settings.limits.ocr_pages, 200);
    EXPECT_EQ(settings.limits.tiff_pages, 200);
    EXPECT_EQ(settings.limits.text_bytes, 20 << 20);
    EXPECT_EQ(settings.limits.inflated_bytes, 64 << 20);
    EXPECT_EQ(settings.limits.inflation_ratio, 200);
    EXPECT_FALSE(settings.requires_landlock);
}

TEST(ExtractionSettings, TakeEachInItsUnit) {
    std::vector<std::string> faults;
    const auto settings = read_extraction_settings({{"OCR_LANGUAGES", "eng"},
                                                    {"OCR_TIMEOUT_SECONDS", " 60 "},
                                                    {"EXTRACT_MEMORY_MB", "2048"},
                                                    {"EXTRACT_FILE_MB", "512"},
                                                    {"EXTRACT_MEGAPIXELS", "5"},
                                                    {"EXTRACT_OCR_PAGES", "0"},
                                                    {"EXTRACT_REQUIRE_LANDLOCK", "true"},
                                                    {"EXTRACT_TEXT_MB", ""}},
                                                   faults);
    EXPECT_THAT(faults, IsEmpty());
    EXPECT_EQ(settings.languages, "eng");
    EXPECT_EQ(settings.timeout, std::chrono::seconds{60});
    EXPECT_EQ(settings.limits.address_space_bytes, std::int64_t{2} << 30);
    EXPECT_EQ(settings.limits.folder_bytes, std::int64_t{2} << 30);
    EXPECT_EQ(settings.limits.image_pixels, 5'000'000);
    EXPECT_EQ(settings.limits.ocr_pages, 0);
    EXPECT_TRUE(settings.requires_landlock);
    EXPECT_EQ(settings.limits.text_bytes, 20 << 20);
}

TEST(ExtractionSettings, NameEveryFault) {
    std::vector<std::string> faults;
    read_extraction_settings(
        {{"OCR_TIMEOUT_SECONDS", "0"}, {"EXTRACT_MEMORY_MB", "a lot"}, {"EXTRACT_INFLATION_RATIO", "1"}}, faults);
    EXPECT_THAT(faults, ElementsAre("OCR_TIMEOUT_SECONDS: '0' is not a whole number from 1 to 86400",
                                    "EXTRACT_MEMORY_MB: 'a lot' is not a whole number from 512 to 1048576",
                                    "EXTRACT_INFLATION_RATIO: '1' is not a whole number from 2 to 1000000"));
}

}  // namespace
}  // namespace nassaq::settings
