package io.hvkit.powerflex.simulator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.hvkit.powerflex.simulator", importOptions = ImportOption.DoNotIncludeTests.class)
class SimulatorArchitectureTest {

    @ArchTest
    static final ArchRule theArrayKnowsItsRulesAlone = classes()
            .that()
            .resideInAPackage("..internal.array")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java.lang..",
                    "java.nio..",
                    "java.security..",
                    "java.time..",
                    "java.util..",
                    "org.jspecify..",
                    "io.hvkit.powerflex.simulator.control",
                    "io.hvkit.powerflex.simulator.internal.array");

    @ArchTest
    static final ArchRule junitIsNeededByItsExtensionAlone = noClasses()
            .that()
            .resideOutsideOfPackage("..junit")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.junit..", "io.hvkit.powerflex.simulator.junit");
}
