#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

// OpenSSL's own names for SSL and SSL_CTX: its headers are for tls_credentials.cpp and tls_relay.cpp.
struct ssl_st;
struct ssl_ctx_st;

namespace nassaq::http {

struct TlsSessionDeleter {
    void operator()(ssl_st* session) const noexcept;
};
/// The state of TLS of one connection. For one thread at a time.
using TlsSession = std::unique_ptr<ssl_st, TlsSessionDeleter>;

/// PEM files: the certificate with the chain behind it, and its private key without a passphrase.
struct TlsFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;
};

/// Why a pair of files is of no use. Never quotes what is in them.
struct TlsFault {
    enum class File { certificate, key };
    File file;
    std::string what;
};

/// A certificate and its key, with the rules of the connections that are made with them: TLS 1.2 and 1.3 with forward
/// secrecy and authenticated encryption (RFC 9325), HTTP/1.1 alone by ALPN (RFC 7301), no renegotiation, no
/// compression.
class TlsIdentity {
public:
    static std::expected<TlsIdentity, TlsFault> load(const TlsFiles& files);

    /// The distinguished name (RFC 4514), or the host names of a certificate that has none.
    [[nodiscard]] const std::string& subject() const { return subject_; }
    [[nodiscard]] std::chrono::sys_seconds not_before() const { return not_before_; }
    [[nodiscard]] std::chrono::sys_seconds not_after() const { return not_after_; }
    /// For a server's side of one connection. @throws std::bad_alloc
    [[nodiscard]] TlsSession new_session() const;

private:
    TlsIdentity() = default;

    std::shared_ptr<ssl_ctx_st> context_;
    std::string subject_;
    std::chrono::sys_seconds not_before_;
    std::chrono::sys_seconds not_after_;
};

/// The identity that a server shows now. Safe to use from any thread: connections keep the one they began with.
class TlsCredentials {
public:
    explicit TlsCredentials(TlsIdentity identity) : identity_(std::move(identity)) {}

    void replace(TlsIdentity identity) {
        const std::scoped_lock lock(mutex_);
        identity_ = std::move(identity);
    }
    [[nodiscard]] TlsSession new_session() const {
        const std::scoped_lock lock(mutex_);
        return identity_.new_session();
    }

private:
    mutable std::mutex mutex_;
    TlsIdentity identity_;
};

}  // namespace nassaq::http
