#include "schema/email.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "repeat.hpp"

namespace nassaq::schema {
namespace {

/// Expectations written down from email-validator 2.4 as Pydantic 2 calls it.
struct Accepted {
    std::string address;
    std::string normalized;
};

struct Refused {
    std::string address;
    std::string reason;
};

TEST(NormalizeEmail, GivesTheNormalForm) {
    const Accepted cases[] = {
        {"ali@example.com", "ali@example.com"},
        {"Ali.Hassan+tag@Example.COM", "Ali.Hassan+tag@example.com"},
        {"INFO@example.com", "info@example.com"},
        {"PostMaster@example.com", "postmaster@example.com"},
        {"Post.Master@example.com", "Post.Master@example.com"},
        {"o'neil!#$%&*+/=?^_`{|}~-@example.com", "o'neil!#$%&*+/=?^_`{|}~-@example.com"},
        {"علي@مثال.com", "علي@مثال.com"},
        {"علي.حسن@xn--mgbh0fb.com", "علي.حسن@مثال.com"},
        {"a@مثال.إختبار", "a@مثال.إختبار"},
        {"Jose\u0301@man\u0303ana.com", "José@mañana.com"},
        {"a@xn--maana-pta.com", "a@mañana.com"},
        {"a@XN--MAANA-PTA.COM", "a@mañana.com"},
        {"a@bücher.de", "a@bücher.de"},
        {"a@faß.de", "a@faß.de"},
        {"a@ὀδυσσεύς.gr", "a@ὀδυσσεύς.gr"},
        {"日本@日本語。jp", "日本@日本語.jp"},
        {"ａ@ｅxample.com", "ａ@example.com"},
        {"a@K.com", "a@k.com"},
        {"😀@example.com", "😀@example.com"},
        {"a@sub.sub.example.co.uk", "a@sub.sub.example.co.uk"},
        {"a@123.com", "a@123.com"},
        {"a@1.2.example", "a@1.2.example"},
        {"a@m--a.b-c.com", "a@m--a.b-c.com"},
        {" ali@example.com\t", "ali@example.com"},
        {"\u3000ali@example.com\u00a0", "ali@example.com"},
        {"Ali <ali@example.com>", "ali@example.com"},
        {"<ali@example.com>", "ali@example.com"},
        {"\"Ali \\\"H\\\" Hassan\" <ali@example.com>", "ali@example.com"},
        {"علي حسن <ali@example.com>", "ali@example.com"},
        {"\"<x@y.co>\" <ali@example.com>", "ali@example.com"},
        {"a@l·l.com", "a@l·l.com"},
        {"a@ツ・.com", "a@ツ・.com"},
        {"a@مثال٣.com", "a@مثال٣.com"},
        {repeat("x", 64) + "@example.com", repeat("x", 64) + "@example.com"},
        {repeat("x", 242) + "@example.com", repeat("x", 242) + "@example.com"},
        {"a@" + repeat("x", 63) + ".com", "a@" + repeat("x", 63) + ".com"},
        {"1@1.co", "1@1.co"},
        {"a@a--b.com", "a@a--b.com"},
        {"a@x.example", "a@x.example"},
        {"a@xn--p1ai.рф", "a@рф.рф"},
        {"a<b@example.com>", "b@example.com"},
    };
    for (const Accepted& c : cases) {
        const auto result = normalize_email(c.address);
        ASSERT_TRUE(result) << c.address << ": " << result.error();
        EXPECT_EQ(*result, c.normalized) << c.address;
    }
}

TEST(NormalizeEmail, NormalFormStaysAsItIs) {
    for (const char* address : {"علي@مثال.com", "José@mañana.com", "info@example.com", "a+b@faß.de"}) {
        const auto once = normalize_email(address);
        ASSERT_TRUE(once) << address;
        EXPECT_EQ(normalize_email(*once), once) << address;
    }
}

TEST(NormalizeEmail, TellsWhyAnAddressIsRefused) {
    const Refused cases[] = {
        {"a@a\u00adb.com", "The email address contains unsafe characters: SOFT HYPHEN."},
        {"a\u200d@x", "The email address contains unsafe characters: ZERO WIDTH JOINER."},
        {"a@نامه\u200cای.com", "The email address contains unsafe characters: ZERO WIDTH NON-JOINER."},
        {"a@क्\u200dष.com", "The email address contains unsafe characters: ZERO WIDTH JOINER."},
        {"a@٣.com",
         "The part after the @-sign is invalid (First codepoint in label '٣' must be directionality L, R or AL)."},
        {"", "An email address must have an @-sign."},
        {"ali", "An email address must have an @-sign."},
        {"ali.example.com", "An email address must have an @-sign."},
        {"a＠b.com", "The email address has the \"full-width\" at-sign (@) character instead of a regular at-sign."},
        {"a﹫b.com", "The email address has the \"small commercial at\" character instead of a regular at-sign."},
        {"@example.com", "There must be something before the @-sign."},
        {"a@", "There must be something after the @-sign."},
        {"@", "There must be something before the @-sign."},
        {"a@@b.com", "The part after the @-sign contains invalid characters: '@'."},
        {"a@b@c.com", "The part after the @-sign contains invalid characters: '@'."},
        {"a b@example.com", "The email address contains invalid characters before the @-sign: SPACE."},
        {"a\tb@example.com", "The email address contains invalid characters before the @-sign: U+0009."},
        {"a\\b@example.com", "The email address contains invalid characters before the @-sign: \"\\\"."},
        {"a(c)@example.com", "The email address contains invalid characters before the @-sign: '(', ')'."},
        {"a,b;c@example.com", "The email address contains invalid characters before the @-sign: ',', ';'."},
        {".a@example.com", "An email address cannot start with a period."},
        {"a.@example.com", "An email address cannot have a period immediately before the @-sign."},
        {"a..b@example.com", "An email address cannot have two periods in a row."},
        {"a@.com", "An email address cannot have a period immediately after the @-sign."},
        {"a@com.", "An email address cannot end with a period."},
        {"a@a..com", "An email address cannot have two periods in a row."},
        {"a@-a.com", "An email address cannot have a hyphen immediately after the @-sign."},
        {"a@a.com-", "An email address cannot end with a hyphen."},
        {"a@a-.com", "An email address cannot have a period and a hyphen next to each other."},
        {"a@a.-b.com", "An email address cannot have a period and a hyphen next to each other."},
        {"a@ab--c.com",
         "An email address cannot have two letters followed by two dashes immediately after the @-sign or after a "
         "period, except Punycode."},
        {"a@localhost", "The part after the @-sign is not valid. It should have a period."},
        {"a@com", "The part after the @-sign is not valid. It should have a period."},
        {"a@a.123", "The part after the @-sign is not valid. It is not within a valid top-level domain."},
        {"a@1.2.3.4", "The part after the @-sign is not valid. It is not within a valid top-level domain."},
        {"a@x.local", "The part after the @-sign is a special-use or reserved name that cannot be used with email."},
        {"a@x.LOCAL", "The part after the @-sign is a special-use or reserved name that cannot be used with email."},
        {"a@x.test", "The part after the @-sign is a special-use or reserved name that cannot be used with email."},
        {"a@x.invalid", "The part after the @-sign is a special-use or reserved name that cannot be used with email."},
        {"a@x.onion", "The part after the @-sign is a special-use or reserved name that cannot be used with email."},
        {"a@1.in-addr.arpa",
         "The part after the @-sign is a special-use or reserved name that cannot be used with email."},
        {"a@sub.localhost",
         "The part after the @-sign is a special-use or reserved name that cannot be used with email."},
        {"a@exa mple.com", "The part after the @-sign contains invalid characters: SPACE."},
        {"a@exa_mple.com", "The part after the @-sign contains invalid characters: '_'."},
        {"a@exa$mple.com/", "The part after the @-sign contains invalid characters: '$', '/'."},
        {"\"quoted\"@example.com", "Quoting the part before the @-sign is not allowed here."},
        {"\"a b\"@example.com", "Quoting the part before the @-sign is not allowed here."},
        {"\"a@b\"@example.com", "Quoting the part before the @-sign is not allowed here."},
        {"\"a\"b@example.com", "Extra character(s) found after close quote: 'b'"},
        {"\"a@example.com", "An email address must have an @-sign."},
        {"\"\t\"@example.com", "The email address contains invalid characters in quotes before the @-sign: U+0009."},
        {"a<b@example.com",
         "An open angle bracket at the start of the email address has to be followed by a close angle bracket at the "
         "end."},
        {"Ali <ali>", "An email address must have an @-sign."},
        {"(Ali) <ali@example.com>", "The display name contains invalid characters when not quoted: '(', ')'."},
        {"<>", "An email address must have an @-sign."},
        {"Ali <ali@example.com> x", "There can't be anything after the email address."},
        {"a\r\n@example.com", "Carriage return and line feed characters are not allowed"},
        {"ali@example.com\n", "Carriage return and line feed characters are not allowed"},
        {"\u0301a@example.com", "The email address contains unsafe characters: COMBINING ACUTE ACCENT."},
        {"a@\u0301a.com", "The email address contains unsafe characters: COMBINING ACUTE ACCENT."},
        {"a\u200bb@example.com", "The email address contains unsafe characters: ZERO WIDTH SPACE."},
        {"a\u00a0b@example.com", "The email address contains unsafe characters: NO-BREAK SPACE."},
        {"a\u2028b@example.com", "The email address contains unsafe characters: LINE SEPARATOR."},
        {"a\u202eb@example.com", "The email address contains unsafe characters: RIGHT-TO-LEFT OVERRIDE."},
        {"a\ue000@example.com", "The email address contains unsafe characters: U+E000."},
        {std::string("a\0b@example.com", 15),
         "The email address contains invalid characters before the @-sign: U+0000."},
        {"a\177@example.com", "The email address contains invalid characters before the @-sign: U+007F."},
        {"a;\u037e@example.com", "The email address contains invalid characters before the @-sign: ';'."},
        {"\u037e@example.com",
         "After Unicode normalization: The email address contains invalid characters before the @-sign: ';'."},
        {"a@☕.com", "The part after the @-sign is invalid (Codepoint U+2615 at position 1 of '☕' not allowed)."},
        {"a@i❤.ws", "The part after the @-sign is invalid (Codepoint U+2764 at position 2 of 'i❤' not allowed)."},
        {"a@⒈.com", "The part after the @-sign contains invalid characters: '⒈'."},
        {"a@a\302\205b.com", "The email address contains unsafe characters: U+0085."},
        {"a@aـb.com", "The part after the @-sign is invalid (Codepoint U+0640 at position 2 of 'aـb' not allowed)."},
        {"a@א1.1a",
         "The part after the @-sign is not valid IDNA (First codepoint in label '1a' must be directionality L, R or "
         "AL)."},
        {"a@1.אב.com",
         "The part after the @-sign is not valid IDNA (First codepoint in label '1' must be directionality L, R or "
         "AL)."},
        {"a@אa.com",
         "The part after the @-sign is invalid (Invalid direction for codepoint at position 2 in a right-to-left "
         "label)."},
        {"a@אב.٣۳.com", "The part after the @-sign is invalid (Codepoint U+0663 not allowed at position 1 in '٣۳')."},
        {"a@مثال۳٤.com",
         "The part after the @-sign is invalid (Codepoint U+06F3 not allowed at position 5 in 'مثال۳٤')."},
        {"a@a·l.com", "The part after the @-sign is invalid (Codepoint U+00B7 not allowed at position 2 in 'a·l')."},
        {"a@ab\u200dc.com", "The email address contains unsafe characters: ZERO WIDTH JOINER."},
        {"a@a\u200cb.com", "The email address contains unsafe characters: ZERO WIDTH NON-JOINER."},
        {"a@・.com", "The part after the @-sign is invalid (Codepoint U+30FB not allowed at position 1 in '・')."},
        {"a@xn--.com", "An email address cannot have a period and a hyphen next to each other."},
        {"a@a�b.com",
         "The part after the @-sign contains invalid characters (Codepoint U+FFFD not allowed at position 2 in "
         "'a�b.com')."},
        {repeat("x", 243) + "@example.com", "The email address is too long (1 character too many)."},
        {repeat("x", 300) + "@example.com", "The email address is too long (58 characters too many)."},
        {repeat("é", 150) + "@example.com", "The email address is too long (29-58 characters too many)."},
        {repeat("علي", 50) + "@example.com", "The email address is too long (29-58 characters too many)."},
        {"a@" + repeat("x", 64) + ".com",
         "After the @-sign, periods cannot be separated by so many characters (1 character too many)."},
        {"a@" + repeat("x", 65) + ".com",
         "After the @-sign, periods cannot be separated by so many characters (2 characters too many)."},
        {"a@" + repeat("x", 60) + "." + repeat("x", 60) + "." + repeat("x", 60) + "." + repeat("x", 60) + "." +
             repeat("x", 60) + ".com",
         "The email address is too long after the @-sign (55 characters too many)."},
        {"a@" + repeat("é", 70) + ".com", "The part after the @-sign is invalid (Label too long)."},
        {repeat("x", 200) + "@" + repeat("é", 30) + ".com",
         "The email address is too long (5-11 characters too many)."},
        {"a@" + repeat("ü", 50) + "." + repeat("ö", 50) + "." + repeat("ä", 50) + "." + repeat("ë", 50) + ".com",
         "The email address is too long (77-155 characters too many)."},
        {"a@ex\u0338\u0338.c＜m",
         "The part after the @-sign contains invalid characters after Unicode normalization: '<'."},
        {"a@b.com<", "The part after the @-sign contains invalid characters: '<'."},
        {"a@≮.com", "The part after the @-sign is invalid (Codepoint U+226E at position 1 of '≮' not allowed)."},
    };
    for (const Refused& c : cases) {
        const auto result = normalize_email(c.address);
        ASSERT_FALSE(result) << c.address << " became " << *result;
        EXPECT_EQ(result.error(), c.reason) << c.address;
    }
}

TEST(NormalizeEmail, RefusesEveryBracketedDomainWithOneReason) {
    // The package tells here what is wrong with the IP address as well, which helps nobody.
    for (const char* address : {"a@[127.0.0.1]", "a@[1.2.3]", "a@[IPv6:::1]", "a@[]", "a@[x:y]"}) {
        EXPECT_EQ(normalize_email(address).error(), "A bracketed IP address after the @-sign is not allowed here.");
    }
}

TEST(NormalizeEmail, RefusesDamagedPunycode) {
    // The package decodes further and names the character it finds; ICU does not show what it has refused.
    for (const char* address : {"a@xn--a.com", "a@xn---bbk.com", "a@xn--bad.com"}) {
        EXPECT_EQ(normalize_email(address).error(), "The part after the @-sign is not valid IDNA (Invalid A-label).");
    }
}

TEST(NormalizeEmail, LongInputIsRefusedQuickly) {
    EXPECT_EQ(normalize_email(std::string(2049, 'a')).error(), "Length must not exceed 2048 characters");
    EXPECT_FALSE(normalize_email(std::string(10'000'000, '@')));
    std::string marks = "a";
    for (int i = 0; i < 2000; ++i) {
        marks += "\u0301";
    }
    EXPECT_FALSE(normalize_email(marks));
    EXPECT_FALSE(normalize_email(marks + "@" + marks));
}

TEST(NormalizeEmail, TakesAnyCharacterBelow128WithoutHarm) {
    for (char c = 0; c >= 0 && c < 127; ++c) {
        for (const std::string& address :
             {std::string("a") + c + "b@example.com", std::string("a@exa") + c + "mple.com",
              std::string(1, c) + "@b.com", std::string("a@") + c, std::string(1, c)}) {
            const auto result = normalize_email(address);
            EXPECT_TRUE(result || !result.error().empty());
        }
    }
}

}  // namespace
}  // namespace nassaq::schema
