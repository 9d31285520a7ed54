// The service of the benchmark: one route of gin. Nothing in it knows of traces.
//
// It prints its address and ends of SIGTERM. With PING_LOGS in the environment it has gin's usual middleware, which
// logs each request, to /dev/null.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/gin-gonic/gin"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	if os.Getenv("PING_LOGS") != "" { // what gin.Default makes, as in the first example of gin's documentation
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		check(err)
		engine.Use(gin.LoggerWithWriter(null), gin.Recovery())
	}
	engine.GET("/ping", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"message": "pong"}) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println(listener.Addr())
	go http.Serve(listener, engine)
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	<-end
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
