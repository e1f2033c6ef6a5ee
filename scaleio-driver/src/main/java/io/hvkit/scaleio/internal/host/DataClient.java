package io.hvkit.scaleio.internal.host;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The data client (SDC) of a host, as its {@code drv_cfg} tells of it. What does not answer as that program does is {@code
 * HOST_NOT_READY}. Any thread may use it.
 *
 * @param program where drv_cfg is on the host
 */
public record DataClient(HostId host, CommandRunner runner, Path program) {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int LONGEST_WORDS = 300;
    private static final Pattern GUID = Pattern.compile("[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}");
    private static final Pattern SYSTEM = Pattern.compile("(?m)^MDM-ID +([0-9a-fA-F]{16}) +SDC ID ");
    private static final Pattern VOLUME =
            Pattern.compile("(?m)^VOL-ID +([0-9a-fA-F]{16}) +MDM-ID +([0-9a-fA-F]{16}) *$");
    private static final Pattern COUNT = Pattern.compile("(?m)^Retrieved (\\d{1,9}) (?:mdm|volume)\\(s\\) *$");

    /** A volume of a system, by their ids. */
    public record Place(String system, String volume) {}

    /** Returns what tells this client from all others, in capital letters. */
    public String guid() throws InterruptedException {
        String said = ask("--query_guid").strip().toUpperCase(Locale.ROOT);
        if (!GUID.matcher(said).matches()) {
            throw strange("--query_guid", said);
        }
        return said;
    }

    /** Returns the systems that it knows. */
    public Set<String> systems() throws InterruptedException {
        Set<String> systems = new LinkedHashSet<>();
        String said = ask("--query_mdms");
        Matcher line = SYSTEM.matcher(said);
        while (line.find()) {
            systems.add(line.group(1).toLowerCase(Locale.ROOT));
        }
        requireAll("--query_mdms", said, systems.size());
        return systems;
    }

    /** Returns the volumes that it has devices for. */
    public Set<Place> volumes() throws InterruptedException {
        Set<Place> places = new LinkedHashSet<>();
        String said = ask("--query_vols");
        Matcher line = VOLUME.matcher(said);
        while (line.find()) {
            places.add(new Place(
                    line.group(2).toLowerCase(Locale.ROOT), line.group(1).toLowerCase(Locale.ROOT)));
        }
        requireAll("--query_vols", said, places.size());
        return places;
    }

    /** Half a list would say that a volume is not there. */
    private void requireAll(String question, String said, int read) {
        Matcher count = COUNT.matcher(said);
        if (!count.find() || Integer.parseInt(count.group(1)) != read) {
            throw strange(question, said);
        }
    }

    /** Has it ask its systems now which volumes it is to have, and how large they are. */
    public void rescan() throws InterruptedException {
        ask("--rescan");
    }

    private String ask(String question) throws InterruptedException {
        CommandResult result = runner.run(Command.of(program.toString(), question)
                .within(LIMIT)
                .providedBy("the PowerFlex client (SDC), or say where its drv_cfg is"));
        if (!result.succeeded() || result.dropped() > 0) {
            throw notReady(
                    "'%s %s' failed (exit code %d): %s",
                    program, question, result.exitCode(), cut(result.errors().strip()));
        }
        return result.output();
    }

    private DriverException strange(String question, String said) {
        return notReady("'%s %s' does not answer as it should: '%s'", program, question, cut(said));
    }

    private DriverException notReady(String format, Object... arguments) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .message(
                        "host %s: %s; see that the PowerFlex client runs there (systemctl status scini)",
                        host, String.format(Locale.ROOT, format, arguments));
    }

    private static String cut(String text) {
        return text.length() <= LONGEST_WORDS ? text : text.substring(0, LONGEST_WORDS) + " [...]";
    }
}
