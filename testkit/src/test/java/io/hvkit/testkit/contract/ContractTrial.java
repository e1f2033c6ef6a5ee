package io.hvkit.testkit.contract;

import java.util.Set;
import java.util.TreeSet;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs a contract as JUnit does, and says which cases failed. */
public final class ContractTrial {

    /** Looked for once: that takes longer than most cases do. */
    private static final Launcher LAUNCHER = LauncherFactory.create();

    private ContractTrial() {}

    /** Returns the names of the methods that failed, in whichever of their runs. */
    public static Set<String> failedCases(Class<?> contract) {
        return failed(LauncherDiscoveryRequestBuilder.request().selectors(DiscoverySelectors.selectClass(contract)));
    }

    /** Runs the methods of one name alone, in a small part of the time; that name comes back if one of them failed in any of its runs. */
    public static Set<String> failedCases(Class<?> contract, String name) {
        PostDiscoveryFilter named = descriptor -> FilterResult.includedIf(descriptor
                .getSource()
                .filter(MethodSource.class::isInstance)
                .map(source -> ((MethodSource) source).getMethodName().equals(name))
                .orElse(true));
        return failed(LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(contract))
                .filters(named));
    }

    private static Set<String> failed(LauncherDiscoveryRequestBuilder request) {
        Set<String> failed = new TreeSet<>();
        TestExecutionListener listener = new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (result.getStatus() != Status.SUCCESSFUL) {
                    failed.add(test.getLegacyReportingName().replaceFirst("\\(.*", ""));
                }
            }
        };
        LAUNCHER.execute(request.build(), listener);
        return failed;
    }
}
