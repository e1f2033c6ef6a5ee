package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.WrappedKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The keys of the images that one command opens, on their way to it. */
final class QemuKeys implements AutoCloseable {

    private final Map<Secret, String> ids = new LinkedHashMap<>();
    private final List<QemuObject> objects = new ArrayList<>();
    private final Optional<Secret> input;
    private final boolean inputIsOurs;

    private QemuKeys(List<QemuImageOptions> trees) {
        List<QemuObject> needed = trees.stream()
                .flatMap(tree -> tree.objects().stream())
                .distinct()
                .toList();
        Set<String> taken = taken(needed);
        trees.stream()
                .flatMap(tree -> tree.secrets().stream())
                .distinct()
                .forEach(key -> ids.put(key, free("key" + ids.size(), taken)));
        if (ids.isEmpty()) {
            input = Optional.empty();
            inputIsOurs = false;
        } else if (KeyTransport.forQemu(ids.size()).transport() == KeyTransport.STDIN) {
            Map.Entry<Secret, String> only = ids.entrySet().iterator().next();
            objects.add(QemuObject.secretOnStdin(only.getValue()));
            input = Optional.of(only.getKey());
            inputIsOurs = false;
        } else {
            String master = free("master", taken);
            objects.add(QemuObject.masterKeyOnStdin(master));
            input = Optional.of(wrap(master));
            inputIsOurs = true;
        }
        needed.forEach(object -> objects.add(object.naming(ids::get))); // after the keys that they name
    }

    /** Returns all that these images need: the keys of each layer and of the ways there. */
    static QemuKeys of(Image... images) {
        return new QemuKeys(Arrays.stream(images).map(Image::options).toList());
    }

    /** Returns what reading an image's header needs: the keys of the way there. */
    static QemuKeys ofHeader(Image image) {
        return new QemuKeys(List.of(image.headerOptions()));
    }

    /** Returns the name of the image's key in the command; nothing if it has none. */
    Optional<String> idOf(Image image) {
        return image.key().map(ids::get);
    }

    /** Returns how qemu opens the image and all that it lies over, as text. */
    String open(Image image) {
        return text(image.options());
    }

    /** Returns how qemu opens what {@code options} say, as text. */
    String text(QemuImageOptions options) {
        return options.naming(ids::get).toOptionText();
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
    private Secret wrap(String masterId) {
        SecureRandom random = new SecureRandom();
        byte[] master = new byte[WrappedKey.MASTER_BYTES];
        byte[] text = {};
        try {
            random.nextBytes(master);
            for (Map.Entry<Secret, String> named : ids.entrySet()) {
                WrappedKey key = WrappedKey.of(master, named.getKey());
                objects.add(QemuObject.wrappedSecret(named.getValue(), masterId, key.iv(), key.encrypted()));
            }
            text = Base64.getEncoder().encode(master);
            return Secret.copyOf(text);
        } finally {
            Arrays.fill(master, (byte) 0);
            Arrays.fill(text, (byte) 0);
        }
    }

    private static Set<String> taken(List<QemuObject> objects) {
        Set<String> taken = new HashSet<>();
        for (QemuObject object : objects) {
            if (!taken.add(object.id())) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("two objects of one command have the id '%s'; give one of them another", object.id());
            }
        }
        return taken;
    }

    private static String free(String name, Set<String> taken) {
        String free = name;
        while (!taken.add(free)) {
            free += "x";
        }
        return free;
    }
}
