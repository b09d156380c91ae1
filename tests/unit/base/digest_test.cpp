#include "base/digest.hpp"

#include <gtest/gtest.h>

#include "../support/temporary_folder.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace nassaq::digest {
namespace {

TEST(Digest, IsThatOfTheStandards) {
    EXPECT_EQ(text::to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(text::to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),  // RFC 4231, 4.3
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    Running pieces;
    pieces.update("message ");
    pieces.update("digest");
    EXPECT_EQ(pieces.finish(), sha256("message digest"));
}

TEST(Digest, OfARangeOfAFile) {
    const test::TemporaryFolder folder;
    const std::string content(200'000, 'x');
    {
        const UniqueFd out = file::create(folder / "file");
        file::write_all(out.get(), "ab" + content, folder / "file");
    }
    const UniqueFd in = file::open_for_reading(folder / "file");
    EXPECT_EQ(sha256({.fd = in.get(), .offset = 2, .length = content.size()}), sha256(content));
    EXPECT_EQ(sha256({.fd = in.get(), .offset = 1, .length = 2}), sha256("bx"));
    EXPECT_EQ(sha256({.fd = in.get(), .offset = 1, .length = 0}), sha256(""));
    EXPECT_THROW(sha256({.fd = in.get(), .offset = 3, .length = content.size()}), std::runtime_error);
}

TEST(Base64, IsThatOfRfc4648) {
    for (const auto& [bytes, encoded] : {std::pair{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}}) {
        EXPECT_EQ(to_base64(bytes), encoded);
        EXPECT_EQ(from_base64(encoded), bytes);
    }
    EXPECT_EQ(to_base64("\xfb\xff"), "+/8=");
    EXPECT_EQ(from_base64("+/8="), "\xfb\xff");
    for (const char* wrong : {"Zg", "Zg=", "Zh==", "-_8=", "Z===", "Zg==Zg==", "Z g="}) {
        EXPECT_FALSE(from_base64(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace nassaq::digest
