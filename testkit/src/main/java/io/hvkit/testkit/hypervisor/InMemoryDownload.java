package io.hvkit.testkit.hypervisor;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import io.hvkit.hypervisor.spi.DirectDownload;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Fetches raw images by HTTP to files of this machine. An image is in memory until all of it is known to be right. */
final class InMemoryDownload implements DirectDownload {

    static final ByteSize LARGEST = ByteSize.mebibytes(16);
    static final int MOST_REDIRECTS = 5;

    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final int OK = 200;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final List<byte[]> OTHER_FORMATS = List.of(
            magic("QFI\u00fb"),
            magic("QED\0"),
            magic("KDMV"),
            magic("COWD"),
            magic("# Disk DescriptorFile"),
            magic("vhdxfile"),
            magic("conectix"),
            magic("LUKS\u00ba\u00be"));

    private final InMemoryHost host;
    private final ByteSize largest;
    private final int redirects;

    /**
     * Makes downloads of a host.
     *
     * @param largest how large an image may be
     * @param redirects how often a server may lead on
     */
    InMemoryDownload(InMemoryHost host, ByteSize largest, int redirects) {
        this.host = host;
        this.largest = largest;
        this.redirects = redirects;
    }

    private static byte[] magic(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public ByteSize fetch(URI source, Sha256 digest, Attachment target) throws InterruptedException {
        host.requireReachable();
        host.hear();
        URI address = allowed(source);
        Path path = file(target);
        if (!host.fetching().add(path)) {
            throw refused(Failure.OPERATION_PENDING).message("another call fetches to %s; wait for it", path);
        }
        try {
            Optional<ByteSize> held = held(path, digest);
            ByteSize size = held.isPresent() ? held.get() : bring(address, digest, path);
            host.answer();
            return size;
        } finally {
            host.fetching().remove(path);
        }
    }

    private ByteSize bring(URI source, Sha256 digest, Path target) throws InterruptedException {
        byte[] image = bytes(source);
        if (!Sha256.of(image).equals(digest)) {
            throw refused(Failure.CORRUPT_DATA).message("%s does not have the digest %s", shown(source), digest);
        }
        for (byte[] magic : OTHER_FORMATS) {
            if (Arrays.equals(magic, Arrays.copyOf(image, magic.length))) {
                throw refused(Failure.INVALID_REQUEST).message("%s is no raw image; convert it to one", shown(source));
            }
        }
        keep(image, target);
        return ByteSize.bytes(image.length);
    }

    /** Returns the size of what is at the target if it is the image; nothing if nothing is there. */
    private Optional<ByteSize> held(Path target, Sha256 digest) {
        try {
            if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                return Optional.empty();
            }
            if (Files.isRegularFile(target)
                    && Files.size(target) <= largest.bytes()
                    && Sha256.of(Files.readAllBytes(target)).equals(digest)) {
                return Optional.of(ByteSize.bytes(Files.size(target)));
            }
        } catch (IOException e) {
            throw broken(target, e);
        }
        throw taken(target, digest);
    }

    private byte[] bytes(URI source) throws InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(HttpClient.Builder.NO_PROXY)
                .build();
        URI address = source;
        for (int led = 0; led <= redirects; led++) {
            HttpResponse<Optional<byte[]>> answer = answer(client, address);
            if (answer.statusCode() == OK) {
                return answer.body()
                        .orElseThrow(() -> refused(Failure.INVALID_REQUEST)
                                .message("%s is larger than %s, and no more is taken", shown(source), largest));
            }
            address = next(address, answer);
        }
        throw refused(Failure.INVALID_REQUEST)
                .message("%s leads on more than %d times; say where it is", shown(source), redirects);
    }

    private HttpResponse<Optional<byte[]>> answer(HttpClient client, URI address) throws InterruptedException {
        CompletableFuture<HttpResponse<Optional<byte[]>>> answer =
                client.sendAsync(HttpRequest.newBuilder(address).build(), begun -> new LimitedBody(begun, largest));
        try {
            return answer.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw refused(Failure.UNREACHABLE)
                    .causedBy(e)
                    .message("%s does not answer, or stops in the middle: %s", shown(address), e.toString());
        } finally {
            answer.cancel(true); // what is interrupted or late wants nothing more
        }
    }

    private static URI next(URI address, HttpResponse<?> answer) {
        int status = answer.statusCode();
        if (!REDIRECTS.contains(status)) {
            throw refused(failure(status)).message("%s answers with status %d", shown(address), status);
        }
        String location = answer.headers().firstValue("location").orElse("");
        try {
            return allowed(address.resolve(location));
        } catch (IllegalArgumentException | DriverException e) {
            throw refused(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("%s leads on to where it may not", shown(address));
        }
    }

    private static Failure failure(int status) {
        return switch (status) {
            case 401, 403, 407 -> Failure.BAD_CREDENTIALS;
            case 404, 410 -> Failure.NOT_FOUND;
            default -> status < 500 ? Failure.INVALID_REQUEST : Failure.UNREACHABLE;
        };
    }

    private static URI allowed(URI address) {
        if (!"http".equalsIgnoreCase(address.getScheme())) {
            throw refused(Failure.UNSUPPORTED)
                    .message(
                            "a host in memory fetches by http, not by %s",
                            Objects.requireNonNullElse(address.getScheme(), "no scheme"));
        }
        if (address.getHost() == null || address.getRawUserInfo() != null) {
            throw refused(Failure.INVALID_REQUEST)
                    .message(
                            "an address is a host and a path, without a user or a password; mend the one whose path is %s",
                            address.getRawPath());
        }
        return address;
    }

    private static Path file(Attachment target) {
        Path path = target.match(
                device -> {
                    throw refused(Failure.UNSUPPORTED)
                            .message("a host in memory fetches to files, not to device %s", device);
                },
                file -> file.path().normalize(),
                remote -> {
                    throw refused(Failure.UNSUPPORTED).message("a host in memory fetches to files, not to %s", remote);
                });
        if (!Files.isDirectory(folder(path))) {
            throw refused(Failure.NOT_FOUND).message("there is no folder for %s; make it", path);
        }
        return path;
    }

    private static Path folder(Path path) {
        return Optional.ofNullable(path.getParent()).orElse(path);
    }

    /** Gives an image its name when it is whole, and never the name of another file. */
    private static void keep(byte[] image, Path target) {
        try {
            Path part = Files.createTempFile(folder(target), ".in-memory-", ".part");
            try {
                Files.write(part, image);
                Files.move(part, target);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (FileAlreadyExistsException e) {
            throw taken(target, Sha256.of(image));
        } catch (IOException e) {
            throw broken(target, e);
        }
    }

    private static DriverException taken(Path target, Sha256 digest) {
        return refused(Failure.EXISTS_DIFFERENTLY)
                .message("%s is there and is not the image with digest %s; name another target", target, digest);
    }

    private static DriverException broken(Path target, IOException cause) {
        return refused(Failure.HOST_NOT_READY)
                .causedBy(cause)
                .message("%s cannot be read or written: %s", target, cause.toString());
    }

    private static DriverException.Draft refused(Failure failure) {
        return DriverException.because(failure).effect(Effect.NOT_APPLIED);
    }

    private static String shown(URI address) {
        String query = address.getRawQuery() == null ? "" : "?...";
        return address.getScheme() + "://" + address.getRawAuthority() + address.getRawPath() + query;
    }
}
