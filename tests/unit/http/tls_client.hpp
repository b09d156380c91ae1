#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "http/tls_credentials.hpp"
#include "raw_client.hpp"

namespace nassaq::http::test {

/// A self-signed certificate for localhost and its key, in files that go with it.
class TestIdentity {
public:
    /// @param rsa_bits  0: an elliptic curve. @param days  until it expires; negative: it has.
    explicit TestIdentity(const std::string& name = "localhost", int days = 2, unsigned rsa_bits = 0);
    TestIdentity(const TestIdentity&) = delete;
    TestIdentity& operator=(const TestIdentity&) = delete;
    ~TestIdentity();

    [[nodiscard]] TlsFiles files() const {
        return {.certificate = directory_ / "certificate.pem", .key = directory_ / "key.pem"};
    }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
    /// @throws when it cannot be loaded
    [[nodiscard]] TlsIdentity load() const;

private:
    std::filesystem::path directory_;
};

/// A client over TLS that knows more than one should: ends without close_notify, half-closed connections.
class TlsClient : public RawClient {
public:
    using Prepare = std::function<void(SSL_CTX*)>;

    /// Shakes hands. @throws std::runtime_error with OpenSSL's reason when that fails.
    explicit TlsClient(std::uint16_t port, const Prepare& prepare = {});

    /// Sends close_notify, and reads on.
    void finish_sending() override;
    /// Whether the server's end was one that it said: by close_notify.
    [[nodiscard]] bool end_was_said() const { return end_was_said_; }
    [[nodiscard]] std::string version() const { return SSL_get_version(tls_.get()); }
    [[nodiscard]] std::string protocol() const;
    /// The common name of the server's certificate.
    [[nodiscard]] std::string server_name() const;

protected:
    ssize_t put(std::string_view bytes) override;
    ssize_t take(std::span<char> room) override;
    [[nodiscard]] bool waits_for_bytes(std::chrono::milliseconds time) override;

private:
    struct Free {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
        void operator()(SSL* tls) const { SSL_free(tls); }
    };
    std::unique_ptr<SSL_CTX, Free> context_;
    std::unique_ptr<SSL, Free> tls_;
    bool end_was_said_ = false;
};

}  // namespace nassaq::http::test
