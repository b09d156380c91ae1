#include "storage/local_path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "base/text.hpp"

namespace nassaq::storage {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Le;
using testing::SizeIs;

std::string repeated(std::string_view text, int count) {
    std::string result;
    for (int i = 0; i < count; ++i) {
        result += text;
    }
    return result;
}

/// What a listing makes of the path.
std::string read_back(const LocalPath& path) {
    std::string name;
    for (const std::string& folder : path.folders) {
        name += LocalComponent::parse(folder).value().text;
    }
    return name + LocalComponent::parse(path.file).value().text;
}

TEST(LocalPath, MarksFolders) {
    const LocalPath path = LocalPath::of("contracts/2024/lease.pdf");
    EXPECT_THAT(path.folders, ElementsAre("contracts%", "2024%"));
    EXPECT_EQ(path.file, "lease.pdf");
    EXPECT_EQ(path.joined(), "contracts%/2024%/lease.pdf");
    EXPECT_EQ(path.folder(1), "contracts%");
}

TEST(LocalPath, KeepsADocumentApartFromAFolderOfTheSameName) {
    EXPECT_EQ(LocalPath::of("a").joined(), "a");
    EXPECT_EQ(LocalPath::of("a/b").joined(), "a%/b");
    EXPECT_EQ(LocalPath::of("a%/b").joined(), "a%25%/b");
    EXPECT_EQ(LocalPath::of("a%").joined(), "a%25");
}

TEST(LocalPath, CutsASegmentThatIsTooLong) {
    const LocalPath path = LocalPath::of(repeated("a", 450) + "/" + repeated("b", 201));
    EXPECT_THAT(path.folders, ElementsAre(repeated("a", 200) + "%+", repeated("a", 200) + "%+", repeated("a", 50) + "%",
                                          repeated("b", 200) + "%+"));
    EXPECT_EQ(path.file, "b");
}

TEST(LocalPath, CutsBetweenCharacters) {
    const LocalPath path = LocalPath::of(repeated("€", 255));  // 765 bytes in 255 UTF-16 units.
    for (const std::string& folder : path.folders) {
        EXPECT_TRUE(text::is_valid_utf8(folder)) << folder;
    }
    EXPECT_TRUE(text::is_valid_utf8(path.file));
}

TEST(LocalPath, ProtectsARestThatWouldMeanAFolder) {
    EXPECT_EQ(LocalPath::of(repeated("a", 200) + ".").file, "%2E");
    EXPECT_EQ(LocalPath::of(repeated("a", 200) + "..").file, "%2E%2E");
    EXPECT_EQ(LocalPath::of("...").file, "...");
}

class ReadBack : public testing::TestWithParam<std::string> {};

TEST_P(ReadBack, GivesTheNameAgain) {
    const LocalPath path = LocalPath::of(GetParam());
    EXPECT_EQ(read_back(path), GetParam());
    EXPECT_THAT(path.folders, Each(SizeIs(Le(255U))));
    EXPECT_THAT(path.file, SizeIs(Le(255U)));
}

INSTANTIATE_TEST_SUITE_P(Names, ReadBack,
                         testing::Values("a", "a/b", "%", "%/%", "%25", "a%+", "a%+/b%", "%2E", "...", ".hidden", "a b",
                                         "عقد إيجار.pdf", "عقود/٢٠٢٤/عقد.pdf", "😀😀/😀.png", "new\nline",
                                         std::string("\xff\xfe/\x80\x80", 5), repeated("ع", 255), repeated("€", 255),
                                         repeated("%", 255), repeated("😀", 127), repeated("a", 200), repeated("a", 201),
                                         repeated("a", 199) + "€", repeated("a", 200) + ".", repeated("a", 400) + "..",
                                         repeated("a", 200) + "/" + repeated("a", 200) + "./b",
                                         repeated(repeated("d", 1) + "/", 249) + repeated("€", 255)));

class BadName : public testing::TestWithParam<std::string> {};

TEST_P(BadName, IsRefused) {
    EXPECT_THROW(LocalPath::of(GetParam()), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Names, BadName,
                         testing::Values("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "./a",
                                         "a/./b", std::string("a\0b", 3), std::string("\0", 1)));

class ForeignComponent : public testing::TestWithParam<std::string> {};

TEST_P(ForeignComponent, IsPassedOver) {
    EXPECT_FALSE(LocalComponent::parse(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Components, ForeignComponent,
                         testing::Values("", ".", "..", "%staging", "%", "%+", "a%b", "a%2", "a%41", "%%"));

}  // namespace
}  // namespace nassaq::storage
