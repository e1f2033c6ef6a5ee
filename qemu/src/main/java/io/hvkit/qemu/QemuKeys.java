package io.hvkit.qemu;

import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.WrappedKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** The keys of the images that one command opens, on their way to it. */
final class QemuKeys implements AutoCloseable {

    private static final String MASTER = "master";

    private final List<Image> images;
    private final List<QemuObject> objects = new ArrayList<>();
    private final Optional<Secret> input;
    private final boolean inputIsOurs;

    private QemuKeys(List<Image> images) {
        this.images = images.stream().distinct().toList();
        List<Image> locked =
                this.images.stream().filter(i -> i.key().isPresent()).toList();
        if (locked.isEmpty()) {
            input = Optional.empty();
            inputIsOurs = false;
        } else if (KeyTransport.forQemu(locked.size()).transport() == KeyTransport.STDIN) {
            objects.add(QemuObject.secretOnStdin(idOf(locked.get(0)).orElseThrow()));
            input = locked.get(0).key();
            inputIsOurs = false;
        } else {
            objects.add(QemuObject.masterKeyOnStdin(MASTER));
            input = Optional.of(wrap(locked));
            inputIsOurs = true;
        }
    }

    static QemuKeys of(Image... images) {
        return new QemuKeys(List.of(images));
    }

    /** Returns the name of the image's key in the command; nothing if it has none. */
    Optional<String> idOf(Image image) {
        return image.key().map(key -> "key" + images.indexOf(image));
    }

    /** Returns how qemu opens the image, as text. */
    String open(Image image) {
        return image.options(idOf(image)).toOptionText();
    }

    /** Returns the arguments that define the keys. */
    List<String> arguments() {
        return objects.stream()
                .flatMap(object -> List.of("--object", object.toOptionText()).stream())
                .toList();
    }

    /** Returns the command with the keys on its standard input. */
    Command feed(Command command) {
        return input.map(command::feeding).orElse(command);
    }

    @Override
    public void close() {
        if (inputIsOurs) {
            input.ifPresent(Secret::close);
        }
    }

    /** Adds each key, encrypted, and returns what decrypts them, as the text that qemu reads. */
    private Secret wrap(List<Image> locked) {
        SecureRandom random = new SecureRandom();
        byte[] master = new byte[WrappedKey.MASTER_BYTES];
        byte[] text = {};
        try {
            random.nextBytes(master);
            for (Image image : locked) {
                WrappedKey key = WrappedKey.of(master, image.key().orElseThrow());
                objects.add(QemuObject.wrappedSecret(idOf(image).orElseThrow(), MASTER, key.iv(), key.encrypted()));
            }
            text = Base64.getEncoder().encode(master);
            return Secret.copyOf(text);
        } finally {
            Arrays.fill(master, (byte) 0);
            Arrays.fill(text, (byte) 0);
        }
    }
}
