// SPDX-License-Identifier: Apache-2.0
// SHA-256 against FIPS 180-4's examples and Python's hashlib, at the lengths where blocks begin.
#include "core/sha256.hpp"

#include <string>

#include "support/catch.hpp"

using namespace archcost;

TEST_CASE("hashes of texts around the length of a block", "[core]") {
  struct Row {
    int length;
    std::string hash;
  };
  const auto row = GENERATE(values<Row>({
      {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},
      {3, "2fe3269fa210706de21ff97cc964590ec5bddd6677885fc55cfa6bfd94924822"},
      {55, "209ac58c342e55cf030c0feb949037342a560ebda3d4b36f2bc83f457db4d89f"},
      {56, "7ca6bd60584e0cf408359ea67bffe45841ea0e46a0827620f7880b4c9657f9fd"},
      {57, "a1174f2822260401f3b7d1d9fe4814bb45be10f06eba39c47adbd0e07a44293a"},
      {63, "d7c033b7413be4f39aad6df5b820d9163888f0dfb3807903d080cd63479c9765"},
      {64, "2f89c3227a86e95826482c0b7de4ba6e91751ac74b3891e1a260f87792d8d88b"},
      {65, "1f54f9b90b92e28071909ea6955274e42dbccc8ec6d20a1a9f97e78928a6aaa6"},
      {119, "c2a161f222c308a7e07d90d48ee612613339a8cca026dc46139abb189bdd9132"},
      {120, "f6a6c0e42874e93fe3c8ffa43bb6cd8f64534c2fb2716831f65c5bd61c3a670a"},
      {127, "0488f180ad9b5c269d886c63ffc9305ded3262418d69827ee991c414617eb403"},
      {128, "cdae0bc3d4461fd6f88aa8d2b6b5414fb6461a870f22ab5ce8fb557c06599cef"},
      {1000, "22e51701be22eebfaebb3a572b7375fba0af25775bbce1456a71619dd2335b18"},
  }));
  std::string text;
  for (int k = 0; k < row.length; ++k) text += static_cast<char>('a' + (7 * k + k / 26) % 26);
  CHECK(sha256(text) == row.hash);
}

TEST_CASE("the standard's examples, and bytes that aren't text", "[core]") {
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  std::string bytes;
  for (int k = 0; k < 256; ++k) bytes += static_cast<char>(k);
  CHECK(sha256(bytes) == "40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880");
}
