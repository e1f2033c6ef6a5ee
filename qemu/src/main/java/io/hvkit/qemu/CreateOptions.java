package io.hvkit.qemu;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code qemu-img create -o} is told. */
final class CreateOptions {

    private CreateOptions() {}

    /**
     * Returns the options as one text; nothing if there are none.
     *
     * @param keyId the key's name in the command, if the target has one
     * @param hash what the key derivation uses unless the request says it, if the target has a key
     */
    static Optional<String> of(CreateRequest request, Optional<String> keyId, LuksHash hash) {
        Image target = request.target();
        List<String> options = new ArrayList<>();
        keyId.ifPresent(
                id -> options.addAll(encryption(request, id, request.hash().orElse(hash))));
        request.layout().ifPresent(layout -> options.addAll(layout(layout, target.format())));
        if (target.format() == ImageFormat.VHD) {
            // Otherwise qemu rounds the size up to whole cylinders.
            options.add(QemuText.option("force_size", "on"));
        }
        if (request.preallocation() != Preallocation.OFF) {
            options.add(QemuText.option("preallocation", request.preallocation().qemuName()));
        }
        return options.isEmpty() ? Optional.empty() : Optional.of(String.join(",", options));
    }

    private static List<String> encryption(CreateRequest request, String keyId, LuksHash hash) {
        Image target = request.target();
        String prefix = target.format() == ImageFormat.QCOW2 ? "encrypt." : "";
        List<String> options = new ArrayList<>();
        if (target.format() == ImageFormat.QCOW2) {
            options.add(QemuText.option("encrypt.format", "luks"));
        }
        options.add(QemuText.option(prefix + "key-secret", keyId));
        // Stated, since builds differ in what they take if nothing is said.
        options.add(QemuText.option(
                prefix + "cipher-alg", request.cipher() == LuksCipher.AES_256_XTS ? "aes-256" : "aes-128"));
        options.add(QemuText.option(prefix + "cipher-mode", "xts"));
        options.add(QemuText.option(prefix + "ivgen-alg", "plain64"));
        options.add(QemuText.option(prefix + "hash-alg", hash == LuksHash.SHA256 ? "sha256" : "sha512"));
        if (target.key().filter(key -> key.strength() == Secret.Strength.RANDOM).isPresent()) {
            options.add(QemuText.option(prefix + "iter-time", "10")); // milliseconds; see Secret.Strength
        }
        return options;
    }

    private static List<String> layout(ImageLayout layout, ImageFormat format) {
        if (layout instanceof Qcow2Layout qcow2) {
            return qcow2.options();
        }
        if (layout instanceof VmdkLayout vmdk) {
            return vmdk.options();
        }
        return ((HardDiskLayout) layout).options(format);
    }
}
