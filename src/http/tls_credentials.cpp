#include "http/tls_credentials.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.hpp"

namespace nassaq::http {
namespace {

/// Of TLS 1.2; those of 1.3 are all good. An ephemeral key exchange, and encryption that authenticates.
constexpr const char* cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
/// As ALPN has it: each name behind its length.
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

template <auto free>
struct Deleter {
    template <class T>
    void operator()(T* object) const noexcept {
        free(object);
    }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;
using Context = std::shared_ptr<SSL_CTX>;
using enum TlsFault::File;

/// Why OpenSSL's last call failed, in its words, which never quote a key.
std::string openssl_reason() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == nullptr ? "OpenSSL does not say why" : reason;
}

/// A file's content; a key's does not stay in memory.
class PemFile {
public:
    explicit PemFile(const std::filesystem::path& path) : content_(file::read_small(path)) {}
    PemFile(const PemFile&) = delete;
    PemFile& operator=(const PemFile&) = delete;
    ~PemFile() { OPENSSL_cleanse(content_.data(), content_.size()); }

    [[nodiscard]] bool mentions(std::string_view text) const { return content_.find(text) != std::string::npos; }
    [[nodiscard]] Bio open() const {
        Bio bio(BIO_new_mem_buf(content_.data(), static_cast<int>(content_.size())));
        if (!bio) throw std::bad_alloc();
        return bio;
    }

private:
    std::string content_;
};

std::expected<std::vector<Certificate>, TlsFault> read_chain(const std::filesystem::path& path) {
    const PemFile pem(path);
    const Bio bio = pem.open();
    std::vector<Certificate> chain;
    ERR_clear_error();
    while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        chain.push_back(std::move(next));
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return std::unexpected(TlsFault{certificate, "'" + path.string() + "': certificate " +
                                                         std::to_string(chain.size() + 1) +
                                                         " is damaged: " + openssl_reason()});
    }
    if (chain.empty()) {
        return std::unexpected(TlsFault{
            certificate, "'" + path.string() + "' has no certificate in PEM form (-----BEGIN CERTIFICATE-----)"});
    }
    return chain;
}

/// Instead of OpenSSL's own, which asks on the terminal.
int refuse_passphrase(char*, int, int, void* was_asked) {
    *static_cast<bool*>(was_asked) = true;
    return -1;
}

std::expected<Key, TlsFault> read_key(const std::filesystem::path& path) {
    const PemFile pem(path);
    if (!pem.mentions("PRIVATE KEY-----")) {
        return std::unexpected(
            TlsFault{key, "'" + path.string() + "' has no private key in PEM form (-----BEGIN PRIVATE KEY-----)"});
    }
    const Bio bio = pem.open();
    bool wants_passphrase = false;
    ERR_clear_error();
    Key read{PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_passphrase, &wants_passphrase)};
    if (read) return read;
    if (wants_passphrase) {
        return std::unexpected(TlsFault{key, "'" + path.string() +
                                                 "' is protected by a passphrase, which there is nobody to type in; "
                                                 "`openssl pkey -in FILE -out FILE` takes it off"});
    }
    return std::unexpected(TlsFault{key, "'" + path.string() + "' is damaged: " + openssl_reason()});
}

/// What cannot be read becomes a fault of that file.
template <class Read>
auto read_pem(TlsFault::File file, const std::filesystem::path& path, Read read) -> decltype(read(path)) {
    try {
        return read(path);
    } catch (const std::system_error& error) {
        return std::unexpected(TlsFault{file, "cannot read '" + path.string() + "': " + error.code().message()});
    } catch (const std::length_error& error) {
        return std::unexpected(TlsFault{file, error.what()});
    }
}

/// HTTP/1.1, when the client names protocols at all.
int select_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, size, http_1_1.data(), http_1_1.size(), offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

Context new_context() {
    Context context(SSL_CTX_new(TLS_server_method()), Deleter<SSL_CTX_free>());
    if (!context) throw std::bad_alloc();
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context.get(), cipher_list);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_PRIORITIZE_CHACHA |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE);
    // A session is resumed by a ticket that the client keeps; nothing of it stays here.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context.get(), 1);
    SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
    return context;
}

/// Gives the context the chain. @return why a certificate of it is refused: a key too short, a digest too weak.
std::optional<TlsFault> use_chain(SSL_CTX& context, std::vector<Certificate>& chain) {
    ERR_clear_error();
    bool is_used = SSL_CTX_use_certificate(&context, chain.front().get()) == 1;
    for (std::size_t i = 1; is_used && i < chain.size(); ++i) {
        is_used = SSL_CTX_add1_chain_cert(&context, chain[i].get()) == 1;
    }
    if (is_used) return std::nullopt;
    return TlsFault{certificate, "the certificate cannot be used: " + openssl_reason()};
}

std::chrono::sys_seconds to_time(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

std::string content_of(BIO& bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(&bio, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string host_names(X509& of) {
    const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&of, NID_subject_alt_name, nullptr, nullptr)));
    const Bio text(BIO_new(BIO_s_mem()));
    for (int i = 0; names && text && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        if (i > 0) BIO_puts(text.get(), ", ");
        GENERAL_NAME_print(text.get(), sk_GENERAL_NAME_value(names.get(), i));
    }
    return text ? content_of(*text) : std::string();
}

std::string subject_of(X509& of) {
    const Bio text(BIO_new(BIO_s_mem()));
    if (text) X509_NAME_print_ex(text.get(), X509_get_subject_name(&of), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    const std::string subject = text ? content_of(*text) : std::string();
    return subject.empty() ? host_names(of) : subject;
}

}  // namespace

void TlsSessionDeleter::operator()(ssl_st* session) const noexcept {
    SSL_free(session);
}

std::expected<TlsIdentity, TlsFault> TlsIdentity::load(const TlsFiles& files) {
    auto chain = read_pem(certificate, files.certificate, read_chain);
    if (!chain) return std::unexpected(std::move(chain.error()));
    const auto private_key = read_pem(key, files.key, read_key);
    if (!private_key) return std::unexpected(private_key.error());
    X509& leaf = *chain->front();
    if (X509_check_private_key(&leaf, private_key->get()) != 1) {
        return std::unexpected(TlsFault{key, "'" + files.key.string() +
                                                 "' is not the key of the first certificate in '" +
                                                 files.certificate.string() + "'"});
    }
    TlsIdentity identity;
    identity.context_ = new_context();
    if (auto fault = use_chain(*identity.context_, *chain)) return std::unexpected(std::move(*fault));
    if (SSL_CTX_use_PrivateKey(identity.context_.get(), private_key->get()) != 1) {
        return std::unexpected(TlsFault{key, "the key cannot be used: " + openssl_reason()});
    }
    identity.subject_ = subject_of(leaf);
    identity.not_before_ = to_time(X509_get0_notBefore(&leaf));
    identity.not_after_ = to_time(X509_get0_notAfter(&leaf));
    return identity;
}

TlsSession TlsIdentity::new_session() const {
    TlsSession session(SSL_new(context_.get()));
    if (!session) throw std::bad_alloc();
    return session;
}

}  // namespace nassaq::http
