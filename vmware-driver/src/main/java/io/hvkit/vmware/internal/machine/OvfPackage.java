package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.vmware.internal.soap.OvfDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An OVF package whose files have been looked at.
 *
 * @param files by the names that the descriptor has
 * @param digest of all that is in it
 */
record OvfPackage(String descriptor, Map<String, Path> files, String digest) {

    /**
     * Returns a file of the package.
     *
     * @throws DriverException with {@code CORRUPT_DATA} if the vCenter asks for one that the descriptor does not name
     */
    Path file(String name) {
        return Optional.ofNullable(files.get(name))
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .message("the vCenter asks for the file '%s', and the package has %s", name, files.keySet()));
    }

    private static final long LONGEST = 4L << 20;
    private static final Pattern LINE = Pattern.compile("SHA256 ?\\((.+)\\) ?= ?([0-9a-fA-F]{64})");

    static OvfPackage read(Path descriptor) {
        String text = text(descriptor);
        Map<String, String> digests = new TreeMap<>();
        Map<String, Path> files = new LinkedHashMap<>();
        for (OvfDescriptor.NamedFile named : OvfDescriptor.files(text)) {
            Path file = descriptor.resolveSibling(named.name());
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw DriverException.because(Failure.NOT_FOUND)
                        .message(
                                "the OVF descriptor names %s, and there is no such plain file beside it", named.name());
            }
            requireSize(file, named);
            files.put(named.name(), file);
            digests.put(named.name(), digest(file));
        }
        String own = String.valueOf(descriptor.getFileName());
        digests.put(own, digest(descriptor));
        Path manifest = descriptor.resolveSibling(own.replaceFirst("\\.[^.]*$", "") + ".mf");
        if (Files.exists(manifest)) {
            check(text(manifest), digests);
        }
        return new OvfPackage(text, Map.copyOf(files), digestOf(digests.toString()));
    }

    private static void requireSize(Path file, OvfDescriptor.NamedFile named) {
        try {
            long size = Files.size(file);
            if (named.size().isPresent() && named.size().getAsLong() != size) {
                throw corrupt(named.name() + " has " + size + " bytes, and the descriptor says "
                        + named.size().getAsLong());
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Each file has to be in the manifest, with its digest. */
    private static void check(String manifest, Map<String, String> digests) {
        Map<String, String> said = new TreeMap<>();
        manifest.lines().filter(line -> !line.isBlank()).forEach(line -> {
            Matcher matcher = LINE.matcher(line.strip());
            if (!matcher.matches()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("the OVF manifest has the line '%s', and not SHA256(FILE)= DIGEST", line);
            }
            said.put(matcher.group(1), matcher.group(2).toLowerCase(Locale.ROOT));
        });
        digests.forEach((name, digest) -> {
            if (!digest.equals(said.get(name))) {
                throw corrupt(name + " has the SHA-256 " + digest + ", and the manifest says " + said.get(name));
            }
        });
    }

    private static DriverException corrupt(String why) {
        return DriverException.because(Failure.CORRUPT_DATA)
                .effect(Effect.NOT_APPLIED)
                .message("the OVF package is damaged: %s", why);
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > LONGEST) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s is longer than descriptors and manifests are: %s bytes", file, Files.size(file));
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static DriverException unreadable(Path file, IOException e) {
        return DriverException.because(Failure.NOT_FOUND)
                .causedBy(e)
                .message("%s cannot be read: %s", file, e.toString());
    }

    static String digestOf(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String digest(Path file) {
        MessageDigest digest = sha256();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] piece = new byte[1 << 16];
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                digest.update(piece, 0, read);
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
