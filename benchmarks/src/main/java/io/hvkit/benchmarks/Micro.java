package io.hvkit.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What takes micro- and nanoseconds: by JMH, or many times over beside a process that takes milliseconds. */
final class Micro {

    private static final int TIMES = 200;

    private Micro() {}

    /** Returns how many seconds a deed takes that is too short to be timed once. */
    static double each(Way.Deed deed) throws Exception {
        return Way.timed(() -> {
                    for (int i = 0; i < TIMES; i++) {
                        deed.run();
                    }
                })
                / TIMES;
    }

    /** Returns the times of one method of JMH, one for each time that a JVM of its own measures. */
    static List<Double> jmh(Bench bench, String method, Map<String, String> parameters) throws Exception {
        boolean tiny = bench.scale().forks() == 0;
        System.setProperty(
                "jmh.blackhole.autoDetect", "false"); // which starts a JVM each time, to see what this one can
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(method.replace(".", "\\.") + "$")
                .forks(bench.scale().forks())
                .warmupIterations(tiny ? 0 : 1)
                .measurementIterations(tiny ? 1 : 2)
                .warmupTime(TimeValue.seconds(2)) // what asks a catalog runs through far more code than fits into less
                .measurementTime(TimeValue.milliseconds(tiny ? 10 : 300))
                .jvmArgsAppend("-Xmx4g")
                .shouldDoGC(!tiny) // what a fleet takes to be made is no part of a decision
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
        parameters.forEach(options::param);
        Collection<RunResult> results = new Runner(options.build()).run();
        List<Double> seconds = new ArrayList<>();
        for (RunResult result : results) {
            result.getBenchmarkResults().stream()
                    .flatMap(each -> each.getIterationResults().stream())
                    .forEach(each -> seconds.add(each.getPrimaryResult().getScore() / 1e9));
        }
        return seconds;
    }
}
