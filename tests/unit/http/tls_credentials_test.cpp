#include "http/tls_credentials.hpp"

#include <gmock/gmock.h>
#include <openssl/pem.h>

#include <fstream>

#include "base/file.hpp"
#include "tls_client.hpp"

namespace nassaq::http::test {
namespace {

using ::testing::HasSubstr;
using File = TlsFault::File;

class TlsIdentityTest : public ::testing::Test {
protected:
    TlsFault fault_of(const TlsFiles& files) {
        const auto loaded = TlsIdentity::load(files);
        return loaded ? TlsFault{.file = File::certificate, .what = "(no fault)"} : loaded.error();
    }
    void append(const std::filesystem::path& file, const std::string& text) {
        std::ofstream(file, std::ios::app) << text;
    }
    std::filesystem::path write(const std::string& name, const std::string& text) {
        std::ofstream(identity_.directory() / name) << text;
        return identity_.directory() / name;
    }

    TestIdentity identity_;
    TlsFiles files_ = identity_.files();
};

TEST_F(TlsIdentityTest, SaysWhoItIsAndUntilWhen) {
    const TlsIdentity loaded = identity_.load();
    EXPECT_EQ(loaded.subject(), "CN=localhost");
    const auto life = loaded.not_after() - std::chrono::system_clock::now();
    EXPECT_GT(life, std::chrono::hours(47));
    EXPECT_LE(life, std::chrono::hours(48));
    EXPECT_LT(loaded.not_before(), std::chrono::system_clock::now());
    EXPECT_EQ(TestIdentity("", 2).load().subject(), "DNS:localhost");
    EXPECT_EQ(TestIdentity("نسّق", 2).load().subject(), "CN=نسّق");
}

TEST_F(TlsIdentityTest, TakesWhatHasExpired) {
    EXPECT_LT(TestIdentity("localhost", -1).load().not_after(), std::chrono::system_clock::now());
}

TEST_F(TlsIdentityTest, NamesTheFileThatCannotBeRead) {
    const TlsFault no_certificate = fault_of({.certificate = "/nowhere/c.pem", .key = files_.key});
    EXPECT_EQ(no_certificate.file, File::certificate);
    EXPECT_EQ(no_certificate.what, "cannot read '/nowhere/c.pem': No such file or directory");
    const TlsFault no_key = fault_of({.certificate = files_.certificate, .key = identity_.directory()});
    EXPECT_EQ(no_key.file, File::key);
    EXPECT_THAT(no_key.what, HasSubstr("Is a directory"));
}

TEST_F(TlsIdentityTest, WantsPem) {
    const auto noise = write("noise.pem", "no PEM at all");
    EXPECT_THAT(fault_of({.certificate = noise, .key = files_.key}).what, HasSubstr("has no certificate in PEM form"));
    EXPECT_THAT(fault_of({.certificate = files_.certificate, .key = noise}).what,
                HasSubstr("has no private key in PEM form"));
    EXPECT_THAT(fault_of({.certificate = files_.certificate, .key = files_.certificate}).what,
                HasSubstr("has no private key in PEM form"));
    EXPECT_THAT(fault_of({.certificate = write("empty.pem", ""), .key = files_.key}).what, HasSubstr("no certificate"));
}

TEST_F(TlsIdentityTest, NoticesADamagedChain) {
    append(files_.certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    const TlsFault fault = fault_of(files_);
    EXPECT_EQ(fault.file, File::certificate);
    EXPECT_THAT(fault.what, HasSubstr("certificate 2 is damaged"));
}

TEST_F(TlsIdentityTest, NoticesADamagedKeyWithoutShowingIt) {
    const std::string key = file::read_small(files_.key);
    const std::string body = key.substr(key.find('\n') + 1, 40);
    const TlsFault fault =
        fault_of({.certificate = files_.certificate, .key = write("cut.pem", key.substr(0, key.size() / 2))});
    EXPECT_EQ(fault.file, File::key);
    EXPECT_THAT(fault.what, ::testing::Not(HasSubstr(body)));
}

TEST_F(TlsIdentityTest, WantsTheKeyOfTheCertificate) {
    const TestIdentity other;
    const TlsFault fault = fault_of({.certificate = files_.certificate, .key = other.files().key});
    EXPECT_EQ(fault.file, File::key);
    EXPECT_THAT(fault.what, HasSubstr("is not the key of the first certificate in"));
    const TestIdentity of_other_kind("localhost", 2, 2048);
    EXPECT_THAT(fault_of({.certificate = files_.certificate, .key = of_other_kind.files().key}).what,
                HasSubstr("is not the key of the first certificate in"));
}

TEST_F(TlsIdentityTest, AsksNobodyForAPassphrase) {
    const auto locked = identity_.directory() / "locked.pem";
    EVP_PKEY* key = EVP_EC_gen("P-256");
    BIO* file = BIO_new_file(locked.c_str(), "w");
    std::string passphrase = "open sesame";
    PEM_write_bio_PrivateKey(file, key, EVP_aes_256_cbc(), nullptr, 0, nullptr, passphrase.data());
    BIO_free(file);
    EVP_PKEY_free(key);
    EXPECT_THAT(fault_of({.certificate = files_.certificate, .key = locked}).what, HasSubstr("passphrase"));
}

TEST_F(TlsIdentityTest, RefusesAKeyThatIsTooShort) {
    const TestIdentity weak("localhost", 2, 1024);
    const TlsFault fault = fault_of(weak.files());
    EXPECT_EQ(fault.file, File::certificate);
    EXPECT_THAT(fault.what, HasSubstr("key too small"));
}

}  // namespace
}  // namespace nassaq::http::test
