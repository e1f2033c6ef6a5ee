package io.hvkit.qemu.download;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way from the server: asks, goes on where it was broken off, and gives up when nothing new has come for several tries. */
final class Transfer {

    private static final Logger LOG = LoggerFactory.getLogger(Transfer.class);
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final int MOST_REDIRECTS = 5;
    private static final int PARTIAL = 206;
    private static final int NO_SUCH_RANGE = 416;
    private static final int BUFFER = 65_536;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration LONGEST_REQUESTED_PAUSE = Duration.ofMinutes(5);

    private final DownloadSettings settings;
    private final SourceAddress source;
    private final Sha256 digest;
    private final Target target;
    private final Patience patience;
    private final FetchProgress progress;

    private OptionalLong whole = OptionalLong.empty();
    private int pieces;
    private boolean rangesFail;
    private boolean heldAlready;

    Transfer(
            DownloadSettings settings,
            SourceAddress source,
            Sha256 digest,
            Target target,
            Patience patience,
            FetchProgress progress) {
        this.settings = settings;
        this.source = source;
        this.digest = digest;
        this.target = target;
        this.patience = patience;
        this.progress = progress;
    }

    /** Something that a later try may get over. */
    private static final class Trouble extends Exception {

        private static final long serialVersionUID = 1L;

        private final transient Optional<Duration> pause;

        Trouble(String message, Optional<Duration> pause) {
            super(message);
            this.pause = pause;
        }

        Trouble(IOException cause) {
            super(cause.toString(), cause);
            this.pause = Optional.empty();
        }
    }

    /** Brings all of it, or finds that it is there already; returns its size. */
    ByteSize into(PartialDownload image) throws IOException, InterruptedException {
        pieces = image.length() > 0 ? 1 : 0;
        long most = image.length();
        int fruitless = 0;
        while (true) {
            try {
                attempt(image);
                return heldAlready ? ByteSize.bytes(whole.orElseThrow()) : image.size();
            } catch (Trouble e) {
                fruitless = image.length() > most ? 1 : fruitless + 1;
                most = Math.max(most, image.length());
                if (fruitless >= settings.attempts()) {
                    throw unreachable(image, e);
                }
                LOG.debug("{} is tried again: {}", source, e.getMessage());
                pause(e, fruitless);
            }
        }
    }

    /** Returns whether the target was found to hold the image as soon as its size was known, so that nothing was brought. */
    boolean isHeldAlready() {
        return heldAlready;
    }

    /** Returns whether what has come is of several answers. */
    boolean isPiecedTogether() {
        return pieces > 1;
    }

    private void attempt(PartialDownload image) throws Trouble, IOException, InterruptedException {
        Optional<String> validator = image.validator().filter(known -> !rangesFail);
        try (HttpExchange exchange = ask(image, validator)) {
            HttpHead head = exchange.head();
            if (head.status() == HttpExchange.OK) {
                pieces = 1;
                whole = bodyLength(head);
                image.begin(head.validator());
            } else if (validator.isPresent() && head.status() == PARTIAL && continues(head, image)) {
                pieces++;
                whole = wholeSize(head);
            } else if (validator.isPresent() && head.status() == NO_SUCH_RANGE && isWhole(head, image)) {
                pieces++; // it was all there, and its digest will tell
                return;
            } else {
                throw unusable(head, image, validator);
            }
            requireAllowed(whole.orElse(0));
            if (whole.isPresent()
                    && target.holds(
                            digest,
                            ByteSize.bytes(whole.getAsLong()),
                            whole.getAsLong() - image.length(),
                            progress.phase("checking"))) {
                heldAlready = true;
                return;
            }
            copy(exchange, image);
        }
    }

    private HttpExchange ask(PartialDownload image, Optional<String> validator) throws Trouble, InterruptedException {
        Map<String, String> headers = new LinkedHashMap<>();
        validator.ifPresent(known -> {
            headers.put("Range", "bytes=" + image.length() + "-");
            headers.put("If-Range", known);
        });
        SourceAddress address = source;
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            HttpExchange exchange = exchange(address, headers);
            if (!REDIRECTS.contains(exchange.head().status())) {
                return exchange;
            }
            dismiss(exchange);
            address = address.redirectedTo(exchange.head().find("location"));
        }
        throw DriverException.because(Failure.INVALID_REQUEST)
                .message("%s redirects more than %d times; name the place where the image is", source, MOST_REDIRECTS);
    }

    private HttpExchange exchange(SourceAddress address, Map<String, String> headers)
            throws Trouble, InterruptedException {
        try {
            return HttpExchange.get(address, headers, settings.trust(), patience);
        } catch (IOException e) {
            requireUninterrupted();
            if (Failures.isMistrust(e)) {
                throw Failures.mistrust(address, e);
            }
            patience.left(); // says so if it is this that has passed
            throw new Trouble(e);
        }
    }

    private static void dismiss(HttpExchange exchange) {
        try {
            exchange.close();
        } catch (IOException e) {
            LOG.debug("a connection did not close well", e);
        }
    }

    private boolean continues(HttpHead head, PartialDownload image) throws Trouble {
        try {
            return head.continuesAt(image.length(), whole);
        } catch (IOException e) {
            throw new Trouble(e);
        }
    }

    private static boolean isWhole(HttpHead head, PartialDownload image) throws Trouble {
        return wholeSize(head).equals(OptionalLong.of(image.length()));
    }

    private static OptionalLong wholeSize(HttpHead head) throws Trouble {
        try {
            return head.wholeSize();
        } catch (IOException e) {
            throw new Trouble(e);
        }
    }

    private static OptionalLong bodyLength(HttpHead head) throws Trouble {
        try {
            return head.bodyLength();
        } catch (IOException e) {
            throw new Trouble(e);
        }
    }

    private Trouble unusable(HttpHead head, PartialDownload image, Optional<String> validator) throws IOException {
        if (validator.isPresent() && (head.status() == PARTIAL || head.status() == NO_SUCH_RANGE)) {
            rangesFail = true;
            image.begin(Optional.empty());
            return new Trouble("the server answers a range with something else", Optional.of(Duration.ZERO));
        }
        if (Failures.isPassing(head.status())) {
            return new Trouble("the server answers with status " + head.status(), head.retryAfter());
        }
        throw Failures.ofStatus(source, head.status());
    }

    private void copy(HttpExchange exchange, PartialDownload image) throws Trouble, IOException, InterruptedException {
        byte[] buffer = new byte[BUFFER];
        while (true) {
            int count = received(exchange, buffer);
            if (count < 0) {
                progress.finished("downloading", image.length());
                return;
            }
            requireAllowed(image.length() + count);
            image.append(buffer, count);
            progress.done("downloading", image.length(), whole);
        }
    }

    private int received(HttpExchange exchange, byte[] buffer) throws Trouble, InterruptedException {
        requireUninterrupted();
        try {
            return exchange.read(buffer);
        } catch (IOException e) {
            requireUninterrupted();
            throw new Trouble(e);
        }
    }

    private void requireUninterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted while fetching " + source);
        }
    }

    private void requireAllowed(long bytes) {
        if (bytes > settings.largest().bytes()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is larger than %s, and no more is taken here: upTo(...)", source, settings.largest());
        }
    }

    private DriverException unreachable(PartialDownload image, Trouble last) {
        String kept = image.validator().isPresent()
                ? "; " + image.length() + " bytes of it are kept for an equal call in " + image.path()
                : "";
        return DriverException.because(Failure.UNREACHABLE)
                .effect(Effect.NOT_APPLIED)
                .causedBy(last)
                .message(
                        "%s was tried %d times and nothing more came: %s%s",
                        source, settings.attempts(), String.valueOf(last.getMessage()), kept);
    }

    /** Longer after each try, and not all at once after a server was away. */
    private void pause(Trouble trouble, int fruitless) throws InterruptedException {
        Duration pause = settings.pause().multipliedBy(1L << Math.min(fruitless - 1, 10));
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        long nanos = ThreadLocalRandom.current().nextLong(pause.toNanos() / 2, pause.toNanos() + 1);
        Optional<Duration> requested =
                trouble.pause.map(wish -> wish.compareTo(LONGEST_REQUESTED_PAUSE) > 0 ? LONGEST_REQUESTED_PAUSE : wish);
        long wait = requested.map(Duration::toNanos).orElse(nanos);
        TimeUnit.NANOSECONDS.sleep(Math.min(wait, patience.left().toNanos()));
        patience.left();
    }
}
