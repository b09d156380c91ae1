#include "base/sha256.hpp"

#include <gtest/gtest.h>

namespace nassaq {
namespace {

std::string hash(std::string_view bytes) {
    Sha256 sha;
    sha.update(bytes);
    return sha.finish();
}

TEST(Sha256, GivesTheVectorsOfFips180) {
    EXPECT_EQ(hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hash(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesDoNotMatter) {
    const std::string bytes(1000, 'x');
    for (const std::size_t piece : {1U, 7U, 63U, 64U, 65U, 999U}) {
        Sha256 sha;
        for (std::size_t i = 0; i < bytes.size(); i += piece) {
            sha.update(std::string_view(bytes).substr(i, piece));
            sha.update("");
        }
        EXPECT_EQ(sha.finish(), hash(bytes)) << piece;
    }
}

TEST(Sha256, NothingAtAllIsHashedToo) {
    EXPECT_EQ(Sha256().finish(), hash(""));
}

}  // namespace
}  // namespace nassaq
