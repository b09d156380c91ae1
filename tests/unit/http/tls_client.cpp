#include "tls_client.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

#include "base/id.hpp"

namespace nassaq::http::test {
namespace {

constexpr long seconds_a_day = 86'400;

void require(bool holds) {
    if (!holds) throw std::runtime_error(ERR_error_string(ERR_peek_last_error(), nullptr));
}

void sign(X509* certificate, EVP_PKEY* key, const std::string& name, int days) {
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -10 * seconds_a_day);
    X509_gmtime_adj(X509_getm_notAfter(certificate), days * seconds_a_day);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    if (!name.empty()) {
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()),
                                   -1, -1, 0);
    }
    X509_set_issuer_name(certificate, subject);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    require(X509_sign(certificate, key, EVP_sha256()) > 0);
}

}  // namespace

TestIdentity::TestIdentity(const std::string& name, int days, unsigned rsa_bits)
    : directory_(std::filesystem::temp_directory_path() / ("nassaq-tls-" + random_uuid())) {
    std::filesystem::create_directories(directory_);
    EVP_PKEY* key = rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(rsa_bits);
    X509* certificate = X509_new();
    sign(certificate, key, name, days);
    BIO* file = BIO_new_file(files().certificate.c_str(), "w");
    PEM_write_bio_X509(file, certificate);
    BIO_free(file);
    file = BIO_new_file(files().key.c_str(), "w");
    PEM_write_bio_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    BIO_free(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

TestIdentity::~TestIdentity() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

TlsIdentity TestIdentity::load() const {
    auto identity = TlsIdentity::load(files());
    if (!identity) throw std::runtime_error(identity.error().what);
    return std::move(*identity);
}

TlsClient::TlsClient(std::uint16_t port, const Prepare& prepare)
    : RawClient(port), context_(SSL_CTX_new(TLS_client_method())) {
    if (prepare) prepare(context_.get());
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), descriptor());
    ERR_clear_error();
    require(SSL_connect(tls_.get()) == 1);
}

void TlsClient::finish_sending() {
    SSL_shutdown(tls_.get());
}

std::string TlsClient::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(tls_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::server_name() const {
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(tls_.get())), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
}

ssize_t TlsClient::put(std::string_view bytes) {
    std::size_t count = 0;
    ERR_clear_error();
    return SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count) == 1 ? static_cast<ssize_t>(count) : -1;
}

ssize_t TlsClient::take(std::span<char> room) {
    std::size_t count = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(tls_.get(), room.data(), room.size(), &count);
    end_was_said_ = SSL_get_error(tls_.get(), result) == SSL_ERROR_ZERO_RETURN;
    return result == 1 ? static_cast<ssize_t>(count) : -1;
}

bool TlsClient::waits_for_bytes(std::chrono::milliseconds time) {
    return SSL_pending(tls_.get()) > 0 || RawClient::waits_for_bytes(time);
}

}  // namespace nassaq::http::test
