#include "harness/probe/toolbox.hpp"
#include "probes/token/forged/probe.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace watertight::probes::token::forged {

template <class T, auto Free>
struct freed {
    void operator()(T* p) const { Free(p); }
};
template <class T, auto Free>
using owned = std::unique_ptr<T, freed<T, Free>>;

using big_number = owned<BIGNUM, BN_free>;
using key_pair = owned<EVP_PKEY, EVP_PKEY_free>;

static big_number number(std::string const& base64)
{
    auto const bytes = base64_decode(base64).value_or("");
    auto const* const data = reinterpret_cast<unsigned char const*>(bytes.data());
    return big_number{BN_bin2bn(data, static_cast<int>(bytes.size()), nullptr)};
}

static key_pair rsa_key(std::string const& modulus, std::string const& exponent)
{
    auto const n = number(modulus);
    auto const e = number(exponent);
    owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> const build{OSSL_PARAM_BLD_new()};
    OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    owned<OSSL_PARAM, OSSL_PARAM_free> const parameters{OSSL_PARAM_BLD_to_param(build.get())};
    owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> const work{
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr)};
    EVP_PKEY* out = nullptr;
    if (EVP_PKEY_fromdata_init(work.get()) == 1) {
        EVP_PKEY_fromdata(work.get(), &out, EVP_PKEY_PUBLIC_KEY, parameters.get());
    }
    return key_pair{out};
}

static std::string pem_of(EVP_PKEY* key)
{
    if (key == nullptr) return {};
    owned<BIO, BIO_free> const sink{BIO_new(BIO_s_mem())};
    if (PEM_write_bio_PUBKEY(sink.get(), key) != 1) return {};
    char* data = nullptr;
    auto const size = BIO_ctrl(sink.get(), BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::vector<std::string> public_keys_in(std::string_view key_set)
{
    std::vector<std::string> out;
    if (key_set.starts_with("-----BEGIN")) out.emplace_back(key_set);
    auto const document = nlohmann::json::parse(key_set, nullptr, false);
    if (!document.is_object() || !document.contains("keys") || !document["keys"].is_array()) {
        return out;
    }
    for (auto const& key : document["keys"]) {
        auto const text = [&](char const* name) {
            auto const at = key.find(name);
            return at != key.end() && at->is_string() ? at->get<std::string>() : std::string{};
        };
        if (!key.is_object() || text("kty") != "RSA") continue;
        auto const pem = pem_of(rsa_key(text("n"), text("e")).get());
        if (!pem.empty()) out.push_back(pem);
    }
    return out;
}

} // namespace watertight::probes::token::forged
