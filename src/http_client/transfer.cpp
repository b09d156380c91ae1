#include "http_client/transfer.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "base/text.hpp"

namespace nassaq::http_client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How much of a body is taken from the network before it is asked for.
constexpr std::size_t most_buffered = std::size_t{64} * 1024;
constexpr std::size_t most_headers = 200;
/// How much of a large body is read and sent at a time: with libcurl's 64 KiB that is four times the system calls.
constexpr long upload_buffer_bytes = 256L * 1024;
/// Deadlines are looked at at least so often, and whether to stop.
constexpr milliseconds longest_poll{500};

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    if (curl().easy_setopt(easy, option, value) != CURLE_OK) {
        throw std::bad_alloc();
    }
}

/// libcurl 7.88 makes sockets that children of this process would inherit.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool may_pass(CURLcode code) {
    switch (code) {
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_OUT_OF_MEMORY:
        case CURLE_READ_ERROR:
        case CURLE_ABORTED_BY_CALLBACK:
            return false;
        default:
            return true;
    }
}

}  // namespace

Transfer::Transfer(ConnectionPool& pool, const TransferOptions& options, Request request)
    : pool_(pool),
      connection_(pool.take()),
      request_(std::move(request)),
      stall_timeout_(options.stall_timeout),
      stop_(options.stop),
      last_progress_(steady_clock::now()) {
    prepare(options);
    if (curl().multi_add_handle(connection_->multi(), connection_->easy()) != CURLM_OK) {
        throw std::bad_alloc();
    }
}

Transfer::~Transfer() {
    // What is not at its end is cut here by libcurl; the handles serve again in any case.
    curl().multi_remove_handle(connection_->multi(), connection_->easy());
    curl().easy_reset(connection_->easy());
    try {
        pool_.give_back(std::move(connection_));
    } catch (const std::bad_alloc&) {
        connection_.reset();
    }
}

void Transfer::prepare(const TransferOptions& options) {
    CURL* easy = connection_->easy();
    set(easy, CURLOPT_URL, request_.url.c_str());
    set(easy, CURLOPT_PATH_AS_IS, 1L);
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    set(easy, CURLOPT_ERRORBUFFER, error_text_.data());
    set(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    if (!options.ca_file.empty()) {
        set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    }
    set(easy, CURLOPT_HEADERFUNCTION, &Transfer::header_callback);
    set(easy, CURLOPT_HEADERDATA, this);
    set(easy, CURLOPT_WRITEFUNCTION, &Transfer::body_callback);
    set(easy, CURLOPT_WRITEDATA, this);
    prepare_body();
    add_headers();
}

void Transfer::prepare_body() {
    CURL* easy = connection_->easy();
    if (request_.method == "HEAD") {
        set(easy, CURLOPT_NOBODY, 1L);
    } else if (request_.method == "PUT" || request_.method == "POST") {
        set(easy, CURLOPT_UPLOAD, 1L);
        set(easy, CURLOPT_READFUNCTION, &Transfer::wanted_callback);
        set(easy, CURLOPT_READDATA, this);
        set(easy, CURLOPT_SEEKFUNCTION, &Transfer::seek_callback);
        set(easy, CURLOPT_SEEKDATA, this);
        if (size_of(request_.body) > static_cast<std::uint64_t>(upload_buffer_bytes)) {
            set(easy, CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer_bytes);
        }
        set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size_of(request_.body)));
    }
    if (request_.method != "HEAD") {
        set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
}

void Transfer::add_headers() {
    const auto append = [&](const std::string& line) {
        curl_slist* list = curl().slist_append(header_list_.get(), line.c_str());
        if (list == nullptr) {
            throw std::bad_alloc();
        }
        // The list that it was given, made longer, or the first one.
        if (header_list_ == nullptr) header_list_.reset(list);
    };
    append("Expect:");  // "100-continue" costs a round trip, or a second where a server does not know it.
    for (const auto& [name, value] : request_.headers) {
        append(value.empty() ? name + ";" : std::string(name).append(": ").append(value));
    }
    set(connection_->easy(), CURLOPT_HTTPHEADER, header_list_.get());
}

const Response& Transfer::wait_for_head(Deadline deadline) {
    wait_until(&Transfer::has_head, deadline);
    if (!head_is_whole_) {
        const CURLcode result = result_.value_or(CURLE_OK);
        fail(result == CURLE_OK ? CURLE_GOT_NOTHING : result);
    }
    return response_;
}

std::size_t Transfer::read(std::span<char> buffer, Deadline deadline) {
    wait_until(&Transfer::has_bytes, deadline);
    if (!has_bytes() && result_ != CURLE_OK) {
        fail(result_.value_or(CURLE_RECV_ERROR));
    }
    const std::size_t count = std::min(buffer.size(), received_.size() - taken_);
    std::memcpy(buffer.data(), received_.data() + taken_, count);
    taken_ += count;
    if (taken_ == received_.size()) {
        received_.clear();
        taken_ = 0;
    }
    return count;
}

/// Until the condition holds or the transfer is over.
void Transfer::wait_until(bool (Transfer::*condition)() const, Deadline deadline) {
    note_progress();  // The time that the reader took does not count as a stall.
    while (!(this->*condition)() && !result_) {
        resume();
        perform();
        if (!(this->*condition)() && !result_) {
            poll(deadline);
        }
    }
}

void Transfer::resume() {
    if (std::exchange(is_paused_, false)) {
        curl().easy_pause(connection_->easy(), CURLPAUSE_CONT);
    }
}

void Transfer::perform() {
    int running = 0;
    if (curl().multi_perform(connection_->multi(), &running) != CURLM_OK) {
        throw NetworkError("libcurl cannot go on", false);
    }
    int left = 0;
    while (const CURLMsg* message = curl().multi_info_read(connection_->multi(), &left)) {
        if (message->msg == CURLMSG_DONE) {
            result_ = message->data.result;
        }
    }
    if (body_fault_) {
        std::rethrow_exception(body_fault_);
    }
}

void Transfer::poll(Deadline deadline) {
    if (stop_.stop_requested()) {
        throw NetworkError("given up, because the program ends", false);
    }
    const auto now = steady_clock::now();
    if (now >= deadline) {
        throw NetworkError("the service did not answer in time", true);
    }
    if (now - last_progress_ >= stall_timeout_) {
        throw NetworkError("the connection to the service stalled", true);
    }
    const auto wait = std::min<steady_clock::duration>(
        {deadline - now, last_progress_ + stall_timeout_ - now, steady_clock::duration(longest_poll)});
    const auto whole = std::chrono::ceil<milliseconds>(wait);
    curl().multi_poll(connection_->multi(), nullptr, 0, static_cast<int>(whole.count()), nullptr);
}

void Transfer::fail(CURLcode code) const {
    const char* text = error_text_.front() != '\0' ? error_text_.data() : curl().easy_strerror(code);
    throw NetworkError(text, may_pass(code));
}

std::size_t Transfer::on_header(std::string_view line) {
    note_progress();
    if (line.starts_with("HTTP/")) {  // A new head: the one before was of an interim response or a proxy.
        response_.headers.clear();
        response_.status = 0;
        const std::size_t blank = line.find(' ');
        if (blank != std::string_view::npos) {
            response_.status = static_cast<int>(text::parse_integer(line.substr(blank + 1, 3)).value_or(0));
        }
    } else if (text::trim(line).empty()) {
        head_is_whole_ = response_.status >= 200;
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
        if (response_.headers.size() == most_headers) {
            return 0;
        }
        response_.headers.emplace_back(line.substr(0, colon), text::trim(line.substr(colon + 1)));
    }
    return line.size();
}

std::size_t Transfer::on_body(std::string_view bytes) {
    if (has_bytes() && received_.size() - taken_ + bytes.size() > most_buffered) {
        is_paused_ = true;
        return CURL_WRITEFUNC_PAUSE;  // libcurl keeps the bytes and offers them again.
    }
    note_progress();
    received_.append(bytes);
    return bytes.size();
}

std::size_t Transfer::on_wanted(std::span<char> buffer) {
    note_progress();
    try {
        const std::size_t count = read_from(request_.body, sent_, buffer);
        sent_ += count;
        return count;
    } catch (...) {
        body_fault_ = std::current_exception();
        return CURL_READFUNC_ABORT;
    }
}

int Transfer::on_seek(std::int64_t offset) {
    sent_ = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
}

std::size_t Transfer::header_callback(char* data, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->on_header({data, size * count});
}

std::size_t Transfer::body_callback(char* data, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->on_body({data, size * count});
}

std::size_t Transfer::wanted_callback(char* data, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->on_wanted({data, size * count});
}

int Transfer::seek_callback(void* self, curl_off_t offset, int origin) {
    return origin == SEEK_SET ? static_cast<Transfer*>(self)->on_seek(offset) : CURL_SEEKFUNC_CANTSEEK;
}

}  // namespace nassaq::http_client
