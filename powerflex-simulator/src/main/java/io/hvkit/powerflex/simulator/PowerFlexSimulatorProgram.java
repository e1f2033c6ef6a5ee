package io.hvkit.powerflex.simulator;

import io.hvkit.powerflex.simulator.SimulatorSettings.Devices;
import io.hvkit.powerflex.simulator.SimulatorSettings.Transport;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.powerflex.simulator.control.Timing.Span;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The simulator as a program: says where it listens, and runs until it is ended by a signal. */
public final class PowerFlexSimulatorProgram {

    private static final String USAGE = """
            powerflex-simulator [options]
              --port N         the first gateway's port, each further one on the next (default: free ones)
              --system NAME    a system; again for more (default: powerflex1)
              --host NAME      a host that all systems know; again for more (default: host1 and host2)
              --version V      3.5, 3.6 or 4.0 to 4.6 (default: 4.5)
              --pool POOL      a pool of each system; again for more (default: pool1 and pool2):
                               [DOMAIN/]NAME, and :fine, :unpadded or :erasure-coding behind it for other kinds
              --time T=SECONDS how long something takes, such as migration=30; again for more:
                               TIMES
              --directory D    where everything is kept; the next run goes on there (default: a temporary folder)
              --http           without TLS
              --loop-devices   hosts see loop devices instead of files; takes root
            """;

    private static final Pattern POOL =
            Pattern.compile("(?:([^/:]{1,31})/)?([^/:]{1,31})(?::(fine|unpadded|erasure-coding))?");
    private static final Pattern TIME = Pattern.compile("([a-z-]+)=([0-9]{1,6}(?:\\.[0-9]{1,3})?)");

    private PowerFlexSimulatorProgram() {}

    /** Runs it; ends with 2 and a word on standard error if an option is not understood. */
    public static void main(String[] arguments) throws InterruptedException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (List.of(arguments).contains("--help")) {
            out.print(USAGE.replace("TIMES", words(Span.values())));
            return;
        }
        PowerFlexSimulator simulator;
        try {
            simulator = PowerFlexSimulator.start(settings(List.of(arguments).iterator()));
        } catch (RuntimeException e) {
            System.err.println("powerflex-simulator: " + e.getMessage());
            System.exit(2);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(simulator::close, "end"));
        tell(simulator, out);
        new CountDownLatch(1).await();
    }

    private static SimulatorSettings settings(Iterator<String> words) {
        SimulatorSettings settings = SimulatorSettings.usual();
        List<String> systems = new ArrayList<>();
        List<PoolSettings> pools = new ArrayList<>();
        Timing timing = Timing.usual();
        GatewayVersion version = GatewayVersion.V4_5;
        while (words.hasNext()) {
            String option = words.next();
            switch (option) {
                case "--port" -> settings = settings.port(Integer.parseInt(value(option, words)));
                case "--system" -> systems.add(value(option, words));
                case "--host" -> settings = settings.host(value(option, words));
                case "--version" -> version = GatewayVersion.parse(value(option, words));
                case "--pool" -> pools.add(pool(value(option, words)));
                case "--time" -> timing = timed(timing, value(option, words));
                case "--directory" -> settings = settings.directory(Path.of(value(option, words)));
                case "--http" -> settings = settings.over(Transport.HTTP);
                case "--loop-devices" -> settings = settings.devices(Devices.LOOP_DEVICES);
                default -> throw new IllegalArgumentException("there is no option '" + option + "'; see --help");
            }
        }
        if (systems.isEmpty()) {
            systems.add("powerflex1");
        }
        for (String name : systems) {
            SystemSettings system = SystemSettings.named(name).version(version);
            for (PoolSettings pool : pools) {
                system = system.pool(pool);
            }
            settings = settings.system(system);
        }
        return settings.time(SimulatorClock.running(), timing);
    }

    private static PoolSettings pool(String text) {
        Matcher matcher = POOL.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text
                    + "' is no pool; write [DOMAIN/]NAME, and :fine, :unpadded or :erasure-coding behind it");
        }
        PoolSettings pool = PoolSettings.named(matcher.group(2));
        pool = matcher.group(1) == null ? pool : pool.in(matcher.group(1));
        String kind = matcher.group(3) == null ? "" : matcher.group(3);
        return switch (kind) {
            case "fine" -> pool.fineGranularity();
            case "unpadded" -> pool.withoutZeroPadding();
            case "erasure-coding" -> pool.erasureCoding();
            default -> pool;
        };
    }

    private static Timing timed(Timing timing, String text) {
        Matcher matcher = TIME.matcher(text);
        Span[] spans = Span.values();
        for (Span span : spans) {
            if (matcher.matches() && word(span).equals(matcher.group(1))) {
                return timing.with(span, Duration.ofMillis(Math.round(Double.parseDouble(matcher.group(2)) * 1000)));
            }
        }
        throw new IllegalArgumentException(
                "'" + text + "' is no time; write one of " + words(spans) + " with =SECONDS behind it");
    }

    private static String word(Span span) {
        return span.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String words(Span[] spans) {
        return Arrays.stream(spans).map(PowerFlexSimulatorProgram::word).collect(Collectors.joining(", "));
    }

    private static String value(String option, Iterator<String> words) {
        if (!words.hasNext()) {
            throw new IllegalArgumentException(option + " takes a value; see --help");
        }
        return words.next();
    }

    private static void tell(PowerFlexSimulator simulator, PrintStream out) {
        for (SimulatedSystem system : simulator.systems()) {
            out.println("system       " + system.name() + ", " + system.id() + ", version " + system.version());
            out.println("  gateway    " + system.uri());
            out.println("  user       " + system.user());
            out.println("  password   " + system.password());
            out.println("  control    " + system.uri() + "/simulator");
        }
        for (SimulatedHost host : simulator.hosts()) {
            out.println("host         " + host.name() + ", " + host.guid() + ", " + host.ip());
            out.println("  devices    " + host.deviceFolder());
            out.println("  drv_cfg    " + host.drvCfg());
        }
        simulator.certificate().ifPresent(file -> out.println("certificate  " + file));
        out.println("ready; ctrl-C ends it");
    }
}
