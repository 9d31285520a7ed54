// The same service with the OpenTelemetry SDK and its instrumentation of gin, set up by hand as its documentation tells.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	ctx := context.Background()
	spans, err := otlptracehttp.New(ctx)
	check(err)
	traces := trace.NewTracerProvider(trace.WithBatcher(spans))
	otel.SetTracerProvider(traces)
	numbers, err := otlpmetrichttp.New(ctx)
	check(err)
	metrics := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(numbers)))
	otel.SetMeterProvider(metrics)
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))

	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	if os.Getenv("PING_LOGS") != "" { // what gin.Default makes, as in the first example of gin's documentation
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		check(err)
		engine.Use(gin.LoggerWithWriter(null), gin.Recovery())
	}
	engine.Use(otelgin.Middleware("ping"))
	engine.GET("/ping", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"message": "pong"}) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println(listener.Addr())
	go http.Serve(listener, engine)
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	<-end
	check(traces.Shutdown(ctx))
	check(metrics.Shutdown(ctx))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
